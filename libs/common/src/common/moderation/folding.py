"""The skeleton of a text: what remains when the tricks that make one letter look like another are undone.

Folded, character by character: width and styled letters (NFKD), case, combining marks, invisible characters, digits,
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
    **_pairs("абвгеёіїјкмнопрстухѕԁһьԛԝѵия", "abbreeiijkmhonpctyxsdhbqwvnr"),  # Cyrillic
    **_pairs("αβεζηικμνοπρστυχωγ", "abeznikuvonpotuxwy"),  # Greek
    **_pairs("ⲁⲃⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭ", "abehikmnopctyx"),  # Coptic
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),  # small capitals
    **_pairs("ɑɡıȷøłđħŧƒɐəɯʇʎɹ", "agijoldhtfaemtyr"),  # other Latin
    "þ": "p",
    **_pairs("օոսցհյ", "onughj"),  # Armenian
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
}
_CHINESE = _pairs(  # traditional forms, and two characters in use as disguises of 毒 and 色
    "铯賭場槍殺愛姦亂倫黃無碼視頻電毀屍體斬內臟貓製販賣買彈藥毐銫澀襲擊聖戰國組織東證幣錢現發開單貸個億資產網樂機戀煉銅腦殘賤幹媽後雞滾陰莖強輪聯約歲學婦嫵頭顱腸塊縱詐騙儲跡僱兇緬詢點與療們樓燒遠離對處紙鈔絲襪淩遲擄綁",
    "色赌场枪杀爱奸乱伦黄无码视频电毁尸体斩内脏猫制贩卖买弹药毒色色袭击圣战国组织东证币钱现发开单贷个亿资产网乐机恋炼铜脑残贱干妈后鸡滚阴茎强轮联约岁学妇妩头颅肠块纵诈骗储迹雇凶缅询点与疗们楼烧远离对处纸钞丝袜凌迟掳绑",
)
_TRADITIONAL = _pairs(  # every other form, in Taiwan, Hong Kong and Japan, of a character in the rules
    "乾佈來侶倖傢傳優兒別剋剝動匯區厭員唄唸問喫噴噹嚮圍園圖團墻孃宮寫將嵗廣弔彆彙從懷戶掃掛搖撲敎斷旂時曏極榦樹橋檯歡氣沒沖淵溫滅滙漿灕烏煙煩熱爛爭牆狀獸瑪異當癥盤盪"
    "眞眾種穀穢穩筆箇節糰紀紅納級結絕絨絶綑綠綫綵緑緒線緻繩罌羣義翫聰職脫腎臺菸萬葯蕩薑藍蘭蘿蝦衆衕衝褻親註証詞試誘課談豬貨費賠賺購賽車輕辦進遊過醣釣鉅銀銷錯錶鍊長門"
    "間閤闆關隊雛雜鞦頂預領風颱餈養餬馬騷髒髮魚鮮鴉鴨鵝鷄麗麼麽黨齒齣龜瞭彷枱仮伝児単囲図団嬢対広弾従徳懐戦戸揺撃収楽歓歳気渋焼獣発砕穏粋糸縄聡脳臓薬売軽遅銭錬関雑鶏"
    "騒髪黒歯亀躰屄"
    "滿嬰寶褲濕溼寬帶縷調溝齡僅幾數週嬌裝鑽麥陸貳參針閑",
    "干布来侣幸家传优儿别克剥动汇区厌员呗念问吃喷当向围园图团墙娘宫写将岁广吊别汇从怀户扫挂摇扑教断旗时向极干树桥台欢气没冲渊温灭汇浆漓乌烟烦热烂争墙状兽玛异当症盘荡"
    "真众种谷秽稳笔个节团纪红纳级结绝绒绝捆绿线彩绿绪线致绳罂群义玩聪职脱肾台烟万药荡姜蓝兰萝虾众同冲亵亲注证词试诱课谈猪货费赔赚购赛车轻办进游过糖钓巨银销错表炼长门"
    "间合板关队雏杂秋顶预领风台糍养糊马骚脏发鱼鲜鸦鸭鹅鸡丽么么党齿出龟了仿台假传儿单围图团娘对广弹从德怀战户摇击收乐欢岁气涩烧兽发碎稳粹丝绳聪脑脏药卖轻迟钱炼关杂鸡"
    "骚发黑齿龟体逼"
    "满婴宝裤湿湿宽带缕调沟龄仅几数周娇装钻麦陆贰叁针闲",
)
_CAPITALS = {  # look-alikes of capitals alone: the Greek capital nu is an N, the small one a v
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϲ", "abezhikmnoptyxcc"),  # Greek; NFKD would make the lunate sigma a common one
    **_pairs("ᎪᏴᏟᎠᎬᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ", "abcdehijklmprstvwz"),  # Cherokee
    **_pairs("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),  # Lisu
}
_MEANT = {**_LATIN, **_TRADITIONAL, **_CHINESE, "➕": "加"}


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
    if unicodedata.category(character) == "Nd":  # the digits of every script
        return str(unicodedata.decimal(character))
    plain = "".join(_CAPITALS.get(c, c) for c in _CAPITALS.get(character) or unicodedata.normalize("NFKD", character))
    decomposed = unicodedata.normalize("NFKD", plain.casefold())
    kept = (c for c in decomposed if unicodedata.category(c) not in _DROPPED_CATEGORIES and c not in _DROPPED)
    return "".join(_MEANT.get(c, c) for c in kept)
