"""Accessibility findings of a page and of every frame in it."""

from pathlib import Path

AXE = (Path(__file__).parents[1] / "look" / "vendor" / "axe.min.js").read_text()
RUN = """
async () => {
    const found = await axe.run(document, { iframes: false });
    return found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`);
}
"""


def violations(page):
    """Return axe's findings, each as its rule and the first element at fault."""
    found = []
    for frame in page.frames:
        frame.evaluate(AXE)
        found += frame.evaluate(RUN)
    return found
