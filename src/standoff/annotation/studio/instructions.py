"""The codebook as a project's instructions: what Label Studio opens in front of a coder's first task."""

from __future__ import annotations

from standoff.errors import InputError, RefusedError
from standoff.files import sha256_text

PAGE = """<p>On this page: drag over the words at once to mark them. If nothing gets marked, click beside
them, press the key of the label (y for evidence) and drag again; so do for every further stretch, and after
a submit that was refused. A click on a mark and the Backspace key remove it. Enter keeps what is typed and
leaves the box. Ctrl and Enter submit, with the next task following. The arrows at the bottom lead back to
what you have submitted. A choice tells its definition when the mouse rests on it. These
instructions stay behind the button above.</p>"""


def instructions_html(codebook: str, version: str) -> str:
    """Return a codebook as HTML for a project's instructions, with its version and hash on top.

    The text is shown and nothing else: HTML in it is escaped, and links and images stay as they are written,
    because a click on an address within the server would act with the coder's rights.

    Args:
        codebook: The codebook in Markdown (CommonMark with tables).
        version: Its version, as judgements name it (``v1``).

    Raises:
        InputError: The codebook's title does not name this version.
        RefusedError: The extra ``annotate`` is not installed.
    """
    try:
        from markdown_it import MarkdownIt  # noqa: PLC0415 - of an extra
    except ImportError:
        raise RefusedError(
            "the codebook cannot be shown without markdown-it-py", remedy="pip install 'standoff[annotate]'"
        ) from None
    title = codebook.split("\n", 1)[0]
    if title.split()[-1:] != [version]:
        raise InputError("is another codebook", got=title, expected=f"# Codebook {version}")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink"])
    stamp = f"<p>Codebook <strong>{version}</strong>, sha256 <code>{sha256_text(codebook)[:12]}</code></p>"
    # The pop-up may show line ends in the HTML as line ends.
    markdown.add_render_rule("softbreak", lambda *_: " ")
    html: str = markdown.render(codebook)
    return (stamp + PAGE.replace("\n", " ") + html).replace(">\n<", "><").strip()
