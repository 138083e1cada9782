"""The skeleton of a text: what remains when the tricks that make one letter look like another are undone.

Folded, character by character: width and styled letters (NFKD), case, combining marks, invisible characters,
look-alikes of Latin letters in other scripts, traditional forms of the Chinese characters that the rules use.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DROPPED_CATEGORIES = frozenset({"Mn", "Me", "Cf"})  # accents, enclosing circles, zero-width and direction marks
_DROPPED = frozenset(
    "\u115f\u1160\u3164\uffa0\u180e'\u2018\u2019\u02bc`´"
)  # invisible letters; apostrophes inside words


def _pairs(written: str, meant: str) -> dict[str, str]:
    return dict(zip(written, meant, strict=True))


_LATIN = {
    **_pairs("абвгеёіїјкмнопрстухѕԁһьԛԝѵ", "abbreeiijkmhonpctyxsdhbqwv"),  # Cyrillic
    **_pairs("αβεζηικμνοπρστυχωγ", "abeznikuvonpotuxwy"),  # Greek
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),  # small capitals
    **_pairs("ɑɡıȷøłđħŧƒɐəɯʇʎɹ", "agijoldhtfaemtyr"),  # other Latin
    **_pairs("օոսցհյ", "onughj"),  # Armenian
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
}
_CHINESE = _pairs(  # traditional forms, and two characters in use as disguises of 毒 and 色
    "铯賭場槍殺愛姦亂倫黃無碼視頻電毀屍體斬內臟貓製販賣買彈藥毐銫澀襲擊聖戰國組織東證幣錢現發開單貸個億資產網樂機戀煉銅腦殘賤幹媽後雞滾陰莖強輪聯約歲學婦嫵頭顱腸塊縱詐騙儲跡僱兇緬詢點與療們樓燒遠離對處紙鈔絲襪淩遲擄綁",
    "色赌场枪杀爱奸乱伦黄无码视频电毁尸体斩内脏猫制贩卖买弹药毒色色袭击圣战国组织东证币钱现发开单贷个亿资产网乐机恋炼铜脑残贱干妈后鸡滚阴茎强轮联约岁学妇妩头颅肠块纵诈骗储迹雇凶缅询点与疗们楼烧远离对处纸钞丝袜凌迟掳绑",
)
_MEANT = {**_LATIN, **_CHINESE}


@dataclass(frozen=True)
class Skeleton:
    """Folded characters, and for each the index in the original text that it came from."""

    characters: str
    origins: tuple[int, ...]


def skeleton(text: str) -> Skeleton:
    """Fold a text; linear in its length."""
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for folded in fold(character):
            characters.append(folded)
            origins.append(index)
    return Skeleton("".join(characters), tuple(origins))


@lru_cache(maxsize=1 << 15)
def fold(character: str) -> str:
    """What one character counts as: usually one other, none where it is invisible."""
    number = ord(character)
    if 0x1F1E6 <= number <= 0x1F1FF:  # regional indicators, shown as flags or letters
        return chr(number - 0x1F1E6 + ord("a"))
    for first in (0x1F150, 0x1F170):  # white letters in black circles and squares
        if first <= number < first + 26:
            return chr(number - first + ord("a"))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = (c for c in decomposed if unicodedata.category(c) not in _DROPPED_CATEGORIES and c not in _DROPPED)
    return "".join(_MEANT.get(c, c) for c in kept)
