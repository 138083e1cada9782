"""What a painting is asked for, and the styles it can be asked for in."""

from dataclasses import dataclass

VERSION = "1.0.0"
"""Same version and same `Brief` give identical pixels; any change to the pixels changes this."""


@dataclass(frozen=True)
class Brief:
    """One picture: `width` and `height` in pixels, `cfg` from 1 to 20, `steps` from 1 up."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    cfg: float
    seed: int
    style: str


@dataclass(frozen=True)
class Style:
    """A look: `value` is the model name, `label` and `description` are shown to people."""

    value: str
    label: str
    description: str


_HONEST = "程序化绘制，不是扩散模型，无需显卡"

STYLES: tuple[Style, ...] = (
    Style("sketch-watercolor", "水彩", f"水彩：透明叠色、纸纹与水痕（{_HONEST}）"),
    Style("sketch-ink", "水墨", f"水墨：宣纸、墨分五色、远山留白（{_HONEST}）"),
    Style("sketch-flat", "扁平插画", f"扁平插画：干净色块与柔和渐变（{_HONEST}）"),
    Style("sketch-woodblock", "浮世绘版画", f"浮世绘版画：墨线勾勒、有限套色与木纹（{_HONEST}）"),
    Style("sketch-oil", "油画", f"油画：由粗到细、顺着形体的厚涂笔触（{_HONEST}）"),
    Style("sketch-neon", "霓虹夜色", f"霓虹夜色：深色画面、发光轮廓与辉光（{_HONEST}）"),
    Style("sketch-lowpoly", "低多边形", f"低多边形：三角面拼接的几何画面（{_HONEST}）"),
    Style("sketch-points", "点彩", f"点彩：细密色点并置，远看成画（{_HONEST}）"),
)
