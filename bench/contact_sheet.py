"""The sketch engine's pictures as the public sees them, labels and all: `python bench/contact_sheet.py`.

Writes `docs/images/contact-sheet.webp`: every style, in the three sizes that are offered, to be looked at.
"""

import argparse
import io
from pathlib import Path

from PIL import Image

from common.labelling import PLACEHOLDER_PROVIDER, Label, Source, render
from generation.sketch import STYLES, Brief, paint

PROMPTS = (
    "月光下的雪山与湖泊，一只白鹤飞过",
    "赛博朋克城市，霓虹灯，雨夜",
    "竹林里的灯笼，晨雾",
    "一只可爱的小猫，花园",
    "海上日落，帆船",
    "秋天的森林，一只鹿",
    "古寺与枫叶，远山",
    "星空下的沙漠，骆驼",
)
SIZES = ((512, 512), (768, 512), (512, 768), (1024, 1024))
COLUMNS, CELL, GAP = 4, 384, 12


def main() -> None:
    """Paint and paste."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images/contact-sheet.webp"))
    out: Path = parser.parse_args().out
    cells = [cell(number) for number in range(len(STYLES))]
    rows = -(-len(cells) // COLUMNS)
    step = (CELL + GAP, CELL + 96 + 2 * GAP)
    sheet = Image.new("RGB", (GAP + COLUMNS * step[0], GAP + rows * step[1]), "#202226")
    for number, image in enumerate(cells):
        sheet.paste(image, (GAP + number % COLUMNS * step[0], GAP + number // COLUMNS * step[1]))
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, "WEBP", quality=80, method=6)
    print(f"{out}: {len(cells)} styles, {out.stat().st_size // 1024} kB")


def cell(number: int) -> Image.Image:
    """One style: the preview above, fitted to the cell; the thumbnail as it is shown, reduced, below."""
    style, (width, height) = STYLES[number], SIZES[number % len(SIZES)]
    prompt = PROMPTS[number % len(PROMPTS)]
    brief = Brief(prompt, "", width, height, steps=30, cfg=7.5, seed=2026 + number, style=style.value)
    made = render(paint(brief, lambda _part: None), Label(PLACEHOLDER_PROVIDER, f"sheet_{number}", Source.PROCEDURE))
    board = Image.new("RGB", (CELL, CELL + 96 + GAP), "#202226")
    for data, box, top in ((made.preview, (CELL, CELL), 0), (made.thumbnail, (CELL, 96), CELL + GAP)):
        with Image.open(io.BytesIO(data)) as file:
            shown = file.convert("RGB")
        shown.thumbnail(box, Image.Resampling.LANCZOS)
        board.paste(shown, ((CELL - shown.width) // 2, top + (box[1] - shown.height) // 2))
    return board


if __name__ == "__main__":
    main()
