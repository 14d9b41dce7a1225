"""Makes subsets of the theme's fonts in stickypi/static/stickypi/fonts: icons that pages name, Latin letters of Inter.

The whole fonts have 750 kB, for which a slow line takes 15 s. Run it when a page names a new icon; needs fonttools.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import unfold
from fontTools.subset import Options, Subsetter, load_font, save_font

ROOT = Path(__file__).resolve().parent.parent
THEME = Path(unfold.__file__).parent
TARGET = ROOT / "stickypi/static/stickypi/fonts"
ICONS = THEME / "static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
INTER = THEME / "static/unfold/fonts/inter"
LATIN = [*range(0x20, 0x180), *range(0x2000, 0x2070), *range(0x2190, 0x2194), *map(ord, "€™≈≤≥")]
_SPAN = re.compile(r"material-symbols-outlined[^>]*>(.*?)</span>", re.DOTALL)
_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)*\b")
_OF_SCRIPT = re.compile(r"[\"'`]([a-z][a-z0-9]*(?:_[a-z0-9]+)*)[\"'`]")


def words(text: str, suffix: str) -> Iterator[str]:
    """What may be the name of an icon in a file: in templates what such an element has, elsewhere any quoted word."""
    if suffix == ".html":
        for content in _SPAN.findall(text):
            yield from _NAME.findall(content)
        yield from re.findall(r'icon="([a-z0-9_]+)"', text)
    else:
        yield from _OF_SCRIPT.findall(text)


def named_icons(known: set[str]) -> set[str]:
    """The icons that templates of the theme and of ours, scripts and the navigation name."""
    ours = [path for path in ROOT.glob("*/**/*") if path.suffix in {".html", ".js"} and _is_source(path)]
    theirs = [*(THEME / "templates").rglob("*.html"), *(THEME / "contrib/filters/templates").rglob("*.html")]
    files = [*ours, *theirs, ROOT / "desk/navigation.py"]
    return known & {word for path in files for word in words(path.read_text(), path.suffix)}


def _is_source(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return not {"vendor", "node_modules", "tests", "output"} & set(parts) and not parts[0].startswith(
        (".", "demo-data")
    )


def icon_glyphs(path: Path) -> dict[str, str]:
    """The glyph of each icon of a font, by its name: the letters that the font joins."""
    font = load_font(str(path), Options())
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    tables = [
        getattr(table, "ExtSubTable", table)
        for lookup in font["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
    ]
    return {
        letters[first] + "".join(letters[part] for part in ligature.Component): ligature.LigGlyph
        for table in tables
        for first, ligatures in getattr(table, "ligatures", {}).items()
        for ligature in ligatures
    }


def subset(source: Path, target: Path, *, codes: list[int], glyphs: list[str], features: list[str]) -> None:
    """Writes a font with these characters and glyphs."""
    options = Options(flavor="woff2", layout_features=features, layout_closure=False, desubroutinize=True)
    options.name_IDs, options.notdef_outline, options.glyph_names = [0, 1, 2, 13, 14], True, False
    font = load_font(str(source), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes, glyphs=glyphs)
    subsetter.subset(font)
    save_font(font, str(target), options)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    glyphs = icon_glyphs(ICONS)
    names = sorted(named_icons(set(glyphs)))
    codes = sorted({ord(letter) for name in names for letter in name})
    subset(
        ICONS, TARGET / "icons.woff2", codes=codes, glyphs=[glyphs[name] for name in names], features=["liga", "rlig"]
    )
    for weight in ("Regular", "Medium", "SemiBold", "Bold"):
        name = f"Inter-{weight}.woff2"
        subset(INTER / name, TARGET / name, codes=LATIN, glyphs=[], features=["kern", "tnum", "calt", "ccmp", "mark"])
    for path in sorted(TARGET.glob("*.woff2")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.1f} kB")
    print(f"{len(names)} icons")


if __name__ == "__main__":
    main()
