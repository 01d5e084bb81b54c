from flask import Blueprint

bp = Blueprint("widgets", __name__)
