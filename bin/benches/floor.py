"""The floor of `bin/bench --only slots`: a Flask view that answers JSON and does nothing else."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.get("/")
def answer() -> ResponseReturnValue:
    return jsonify(ok=True)
