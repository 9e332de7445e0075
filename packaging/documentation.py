#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: documentation.py OUT-FOLDER SOURCE...

Writes the documentation as HTML: every Markdown file of the sources (files, or folders of them) as one page, with the same contents at its
side. Links between pages become links to .html; a link that leads nowhere is an error.
"""

import html
import re
import sys
from pathlib import Path

import markdown
from markdown.extensions.toc import TocExtension

STYLE = """
:root { color-scheme: light dark; --line: #8884; --code: #8881; }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 2.5rem; }
nav { position: sticky; top: 1.5rem; align-self: start; font-size: 15px; }
nav a { display: block; padding: .2rem 0; text-decoration: none; }
nav a[aria-current] { font-weight: 600; }
main { max-width: 52rem; }
h1 { margin-top: 0; line-height: 1.2; }
h2 { margin-top: 2rem; }
code { font: 14px/1.5 ui-monospace, monospace; background: var(--code); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; }
pre code { background: none; padding: 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
td:first-child code { white-space: nowrap; }
@media (max-width: 50rem) { body { grid-template-columns: 1fr; gap: 1rem; } nav { position: static; } }
"""


def anchor_of(heading, separator):
    """As anchorOf() of the window (ui/widgets/documentation_browser.h)."""
    letters = re.sub(r"[^a-z0-9\s-]", "", heading.lower())
    return re.sub(r"[\s-]+", separator, letters)


def page_of(text):
    converter = markdown.Markdown(extensions=["tables", "fenced_code", "sane_lists", TocExtension(slugify=anchor_of)])
    return converter.convert(text)


def titles_of(pages):
    """Name and title of every page, in the order of index.md."""
    names = ["index"] + re.findall(r"\]\(([a-z]+)\.md\)", pages["index"])
    names += sorted(set(pages) - set(names))
    titles = {name: re.search(r"^# (.+)$", pages[name], re.MULTILINE).group(1) for name in dict.fromkeys(names) if name in pages}
    return {**titles, "index": "Start"}


def link_of(name, title, is_current):
    current = ' aria-current="page"' if is_current else ""
    return f'<a href="{name}.html"{current}>{html.escape(title)}</a>\n'


def broken_links(bodies):
    anchors = {name: set(re.findall(r'<h\d id="([^"]+)"', body)) for name, body in bodies.items()}
    for name, body in bodies.items():
        for target in re.findall(r'href="([^"]+)"', body):
            page, _, anchor = target.partition("#")
            page = page.removesuffix(".html") or name
            if "://" not in target and (page not in anchors or (anchor and anchor not in anchors[page])):
                yield f"{name}.md: the link {target} leads nowhere"


def main(out, *sources):
    files = [file for source in map(Path, sources) for file in (sorted(source.glob("*.md")) if source.is_dir() else [source])]
    pages = {file.stem: file.read_text(encoding="utf-8") for file in files}
    bodies = {name: re.sub(r'href="([a-z]+)\.md', r'href="\1.html', page_of(text)) for name, text in pages.items()}
    if broken := list(broken_links(bodies)):
        sys.exit("\n".join(broken))
    titles = titles_of(pages)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.css").write_text(STYLE.lstrip(), encoding="utf-8")
    for name, body in bodies.items():
        links = "".join(link_of(other, title, other == name) for other, title in titles.items())
        (folder / f"{name}.html").write_text(
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
            f"<title>{html.escape(titles[name])} – nmscope</title>\n"
            f'<link rel="stylesheet" href="style.css">\n</head>\n<body>\n<nav>\n{links}</nav>\n<main>\n{body}\n</main>\n</body>\n</html>\n',
            encoding="utf-8",
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
