"""Drives Label Studio's page as a coder does: keys, mouse and eyes, no calls behind its back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

TEXT = ".lsf-htx-richtext"
MARK = ".htx-highlight"

# The page shows each line of a text in a span, and each \r and \n as a <br>. Offsets count code points.
# Returns where the mouse goes down and up: in the first and the last line box of the stretch, a pixel inside.
LOCATE = """
([selector, start, end]) => {
  const shown = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
  const walker = document.createTreeWalker(document.querySelector(selector), shown);
  const range = document.createRange();
  let seen = 0;
  for (let node = walker.nextNode(); node && seen < end; node = walker.nextNode()) {
    if (node.nodeName === "BR") { seen += 1; continue; }
    if (node.nodeType !== Node.TEXT_NODE) continue;
    const points = Array.from(node.data);
    const unit = (point) => points.slice(0, point - seen).join("").length;
    if (start >= seen && start < seen + points.length) range.setStart(node, unit(start));
    if (end > seen && end <= seen + points.length) range.setEnd(node, unit(end));
    seen += points.length;
  }
  range.startContainer.parentElement.scrollIntoView({ block: "center" });
  const boxes = Array.from(range.getClientRects()).filter((box) => box.width > 0);
  const first = boxes[0], last = boxes[boxes.length - 1];
  const y = (box) => box.top + box.height / 2;
  const toTheLeft = /^[\\p{Script=Hebrew}\\p{Script=Arabic}]/u.test(range.toString());
  return {
    from: [toTheLeft ? first.right - 1 : first.left + 1, y(first)],
    to: [toTheLeft ? last.left + 1 : last.right - 1, y(last)],
    middle: [(first.left + first.right) / 2, y(first)],
  };
}
"""


def log_in(page: Page, url: str, email: str, password: str) -> None:
    """Log in with the form."""
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda now: "/user/login" not in now)


def open_stream(page: Page, url: str, project: int) -> None:
    """Open the next task of a project, as the button "Label All Tasks" does."""
    page.goto(f"{url}/projects/{project}/data?labeling=1")
    page.wait_for_selector(TEXT)


def wait_for_task(page: Page, task_id: int) -> None:
    """Wait until a task is the one that is shown."""
    shown = "document.querySelector('.lsf-current-task__task-id')?.firstChild.data"
    page.wait_for_function(f"{shown} === '{task_id}'")
    page.wait_for_selector(TEXT)


def close_instructions(page: Page) -> str:
    """Close the pop-up with the project's instructions; return what it said."""
    pop_up = page.locator(".lsf-modal-ls_visible", has_text="Labeling Instructions")
    said = pop_up.inner_text()
    page.keyboard.press("Escape")
    pop_up.wait_for(state="hidden")
    return said


def select_text(page: Page, start: int, end: int) -> None:
    """Drag the mouse over ``text[start:end]``, counted in code points."""
    place = page.evaluate(LOCATE, [TEXT, start, end])
    page.mouse.move(*place["from"])
    page.mouse.down()
    page.mouse.move(*place["to"], steps=5)
    page.mouse.up()


def double_click(page: Page, start: int, end: int) -> None:
    """Click twice in the middle of ``text[start:end]``, which is a word on one line."""
    page.mouse.dblclick(*page.evaluate(LOCATE, [TEXT, start, end])["middle"])


def marked(page: Page) -> list[str]:
    """Return the marked stretches of text, as they are shown."""
    return page.locator(MARK).all_inner_texts()


def press(page: Page, keys: str) -> None:
    """Press hotkeys, one after another."""
    for key in keys:
        page.keyboard.press(key)


def choose(page: Page, value: str, *, field: str | None = None) -> None:
    """Click a choice; ``field`` where two fields have the value."""
    rows = page.locator(".field:visible", has=page.get_by_text(field, exact=True)) if field else page
    rows.locator(f"input[name={value}]:visible").click()


def chosen(page: Page) -> list[str]:
    """Return the values that are chosen and seen, from top to bottom."""
    checked = page.locator(".lsf-choice:visible input:checked")
    values: list[str] = checked.evaluate_all("found => found.map(input => input.name)")
    return values


def fields(page: Page) -> list[str]:
    """Return the names of the fields that are seen, from top to bottom."""
    names: list[str] = page.locator(".field .title:visible").all_inner_texts()
    return names


def submit(page: Page, *, key: bool = True) -> dict[str, Any]:
    """Submit, with the keyboard or the button; return what the page sent to the server."""
    with page.expect_response(lambda got: "/annotations" in got.url and got.request.method == "POST") as got:
        try_submit(page, key=key)
    assert got.value.status == 201, got.value.text()
    sent: Any = got.value.request.post_data_json
    assert isinstance(sent, dict)
    return sent


def try_submit(page: Page, *, key: bool = True) -> None:
    """Press or click Submit, whatever comes of it."""
    if key:
        page.keyboard.press("Control+Enter")
    else:
        page.locator("button[name=submit]").click()


def refusal(page: Page) -> str:
    """Return what the page objects to, and close the objection."""
    pop_up = page.locator(".ant-modal-confirm-content")
    said = pop_up.inner_text()
    page.locator(".ant-modal-confirm-btns button").click()
    pop_up.wait_for(state="hidden")
    return said


def screenshot(page: Page, path: Path) -> None:
    """Save the page at 1440 by 900, as the documentation shows it."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.mouse.move(0, 0)
    page.screenshot(path=path)
