"""Words and what they mean, as data. A row: meanings | Chinese words | Latin words and phrases.

A meaning is `kind:name`. A leading `~` marks what the word only suggests: a plain statement elsewhere in the
prompt overrules it ("星空" suggests night, "白天" says day). Chinese words are split by spaces, Latin ones by commas.
"""

TABLE = """
setting:mountains | 山 群山 高山 山峰 山脉 山水 峰 青山 远山 山谷 峡谷 丘陵 |
setting:mountains | | mountain, peak, hill, mountain range, alps, valley, cliff
setting:mountains ground:snow ~season:winter | 雪山 冰山 | snowy mountain, snow mountain, iceberg, glacier
setting:sea | 海 大海 海洋 海边 海滩 海岸 沙滩 海浪 浪 | sea, ocean, beach, coast, wave, seaside, shore
setting:underwater | 海底 水下 深海 珊瑚 | underwater, deep sea, coral, coral reef
setting:lake | 湖 湖泊 湖面 湖边 池塘 西湖 水面 倒影 | lake, pond, reflection
setting:river | 河 江 河流 溪 小溪 溪流 江河 瀑布 流水 | river, stream, creek, waterfall
setting:city | 城市 都市 城 街道 街 高楼 摩天大楼 大楼 上海 北京 香港 东京 纽约 |
setting:city | | city, town, street, skyline, skyscraper, downtown, tokyo, new york
setting:city ~time:night palette:neon | 赛博朋克 霓虹 霓虹灯 赛博 蒸汽波 |
setting:city ~time:night palette:neon | | cyberpunk, neon, synthwave, vaporwave, blade runner
setting:city palette:neon | 未来 科幻 未来城市 科幻城市 未来都市 |
setting:city palette:neon | | future, futuristic, sci-fi, scifi, science fiction, futuristic city
setting:forest | 森林 树林 林 丛林 林间 松林 | forest, wood, jungle, woodland
setting:bamboo | 竹 竹林 竹子 | bamboo, bamboo forest, bamboo grove
setting:desert | 沙漠 沙丘 大漠 戈壁 | desert, dune, sahara
setting:field | 草原 田野 草地 原野 田园 乡村 乡间 麦田 稻田 花园 公园 |
setting:field | | field, meadow, grassland, prairie, countryside, farm, garden, park, grass
setting:space ~time:night sky:stars | 太空 宇宙 银河 星系 星云 外太空 |
setting:space ~time:night sky:stars | | space, universe, galaxy, cosmos, nebula, outer space
setting:space sky:planet ~time:night | 星球 行星 土星 火星 木星 | planet, saturn, mars, jupiter
setting:lake subject:house ~weather:fog ~season:spring | 江南 水乡 | water town
sky:moon ~time:night | 月 月亮 明月 月光 满月 圆月 弯月 新月 月夜 | moon, full moon, moonlight, crescent
sky:sun | 太阳 阳光 晴天 烈日 | sun, sunshine, sunny, sunlight
sky:sun time:sunset | 日落 夕阳 落日 黄昏 晚霞 傍晚 残阳 暮色 | sunset, dusk, evening, twilight, golden hour
sky:sun time:dawn | 日出 朝阳 清晨 黎明 早晨 朝霞 晨光 | sunrise, dawn, morning, daybreak
time:day | 白天 白昼 正午 中午 晴朗 蓝天 | day, daytime, noon, blue sky, daylight
time:night | 夜 夜晚 晚上 深夜 午夜 夜色 夜景 黑夜 夜空 | night, midnight, nighttime
sky:stars ~time:night | 星 星空 星星 繁星 星夜 流星 | star, starry, starry sky, starry night, stargazing, meteor
sky:aurora ~time:night ~sky:stars | 极光 | aurora, northern light
sky:rainbow | 彩虹 | rainbow
sky:clouds | 云 云彩 白云 云朵 云海 | cloud, cloudy
weather:snow ~season:winter ground:snow | 雪 下雪 雪花 大雪 飘雪 雪景 |
weather:snow ~season:winter ground:snow | | snow, snowy, snowfall, snowflake, blizzard
weather:snow ~season:winter ground:snow time:night | 雪夜 | snowy night
weather:rain | 雨 下雨 细雨 大雨 烟雨 暴雨 雨天 | rain, rainy, rainfall, drizzle, storm
weather:rain time:night | 雨夜 夜雨 | rainy night
weather:fog | 雾 云雾 薄雾 烟雾 迷雾 雾气 晨雾 | fog, foggy, mist, misty, haze
season:spring | 春 春天 春季 春日 | spring, springtime
season:summer | 夏 夏天 夏季 夏日 | summer, summertime
season:autumn | 秋 秋天 秋季 秋日 枫叶 枫 红叶 落叶 | autumn, fall, maple, autumn leaf, autumn leaves
season:winter | 冬 冬天 冬季 冬日 | winter, wintertime
subject:cat | 猫 小猫 猫咪 猫猫 喵 | cat, kitten, kitty
subject:dog | 狗 小狗 犬 狗狗 柴犬 | dog, puppy
subject:rabbit | 兔 兔子 小兔 玉兔 | rabbit, bunny, hare
subject:fox | 狐 狐狸 | fox, foxes
subject:panda | 熊猫 大熊猫 | panda
subject:bear | 熊 小熊 | bear
subject:birds | 鸟 小鸟 飞鸟 鸟群 燕子 海鸥 雁 大雁 | bird, gull, seagull, swallow, goose, geese
subject:crane | 鹤 仙鹤 白鹤 丹顶鹤 | crane, egret, heron
subject:dragon | 龙 神龙 巨龙 中国龙 飞龙 | dragon
subject:boat | 船 小船 帆船 渔船 孤舟 舟 扁舟 渔舟 | boat, ship, sailboat, sampan, sail
subject:whale | 鲸 鲸鱼 巨鲸 | whale
subject:fish | 鱼 小鱼 锦鲤 鲤鱼 金鱼 鱼群 | fish, fishes, koi, goldfish, carp
subject:blossom ~season:spring | 樱花 樱 樱花树 桃花 杏花 梨花 | cherry blossom, sakura, blossom, peach blossom
subject:blossom ~season:winter | 梅花 梅 腊梅 寒梅 | plum blossom, plum
subject:flowers | 花 花朵 鲜花 花海 花田 野花 玫瑰 牡丹 菊花 向日葵 薰衣草 郁金香 |
subject:flowers | | flower, wildflower, rose, tulip, peony, sunflower, lavender, daisy, daisies
subject:lotus ~setting:lake ~season:summer | 荷花 莲花 荷 莲 荷叶 睡莲 荷塘 | lotus, water lily, water lilies
subject:tree | 树 大树 古树 松树 松 树木 柳树 银杏 | tree, pine, pine tree, oak, willow, ginkgo
subject:pagoda | 塔 宝塔 古塔 佛塔 | pagoda, tower
subject:temple | 寺 寺庙 庙 宫殿 古建筑 亭 亭子 故宫 古城 古镇 楼阁 宫 | temple, shrine, palace, pavilion
subject:house | 房子 房屋 小屋 木屋 家 村庄 村 茅屋 | house, cottage, cabin, hut, village, home
subject:pyramid ~setting:desert | 金字塔 | pyramid
subject:castle | 城堡 古堡 | castle, fortress
subject:bridge | 桥 石桥 拱桥 | bridge
subject:lighthouse | 灯塔 | lighthouse
subject:lantern | 灯笼 孔明灯 天灯 花灯 | lantern, sky lantern
subject:balloon | 热气球 气球 | balloon, hot air balloon
subject:butterfly | 蝴蝶 蝶 | butterfly, butterflies
subject:robot | 机器人 机甲 机械 | robot, mecha, android, cyborg
subject:girl | 女孩 少女 女子 美女 姑娘 女人 公主 仙女 女生 小姐姐 |
subject:girl | | girl, woman, women, lady, ladies, princess, fairy
subject:boy | 男孩 少年 男子 男人 人 人物 旅人 侠客 武士 骑士 男生 背影 行人 |
subject:boy | | boy, man, men, person, people, traveler, traveller, samurai, knight, wanderer, figure
subject:portrait | 肖像 头像 人像 脸 | portrait, headshot, face, bust
colour:red | 红 红色 赤 火红 鲜红 | red, crimson, scarlet
colour:orange | 橙 橙色 橘色 橘 | orange
colour:gold | 金 金色 黄金 金黄 黄 黄色 | gold, golden, yellow
colour:green | 绿 绿色 翠 翠绿 碧 青翠 | green, emerald
colour:teal | 青 青色 青绿 | teal, cyan, turquoise
colour:blue | 蓝 蓝色 湛蓝 深蓝 蔚蓝 | blue, azure, indigo
colour:purple | 紫 紫色 | purple, violet
colour:pink | 粉 粉色 粉红 | pink
colour:white | 白 白色 雪白 洁白 | white
colour:black | 黑 黑色 漆黑 | black
colour:grey | 灰 灰色 | grey, gray
mood:calm | 宁静 平静 安静 静谧 禅 禅意 悠闲 | calm, quiet, serene, peaceful, tranquil, zen
mood:dreamy | 梦幻 梦 唯美 浪漫 童话 奇幻 魔法 仙境 |
mood:dreamy | | dreamy, dream, romantic, fantasy, fairytale, magic, magical, ethereal
mood:epic | 史诗 壮丽 壮观 宏伟 磅礴 震撼 | epic, grand, majestic, dramatic, spectacular
mood:warm | 温暖 温馨 可爱 欢快 快乐 明亮 | warm, cozy, cosy, cute, happy, cheerful, adorable
mood:dark | 黑暗 阴暗 神秘 孤独 忧郁 恐怖 荒凉 | dark, gloomy, mysterious, lonely, moody, melancholy
"""

FILLER = """
一 只 个 座 片 朵 棵 条 艘 幅 张 位 下 上 中 里 的 在 与 和 着 有 了 是 之 地 得 一只 一个 一座 一片 一朵
一棵 一条 一艘 一幅 一位 两只 几只
水墨 水墨画 水彩 水彩画 山水画 油画 版画 浮世绘 插画 海报 扁平 低多边形 点彩 风格 画 高清 高质量 超清 杰作 精美 背景
a an the of in on at by with and or to over under is are from into near some very
masterpiece best quality high highly detailed style painting picture image illustration art
"""
"""Words that say nothing about the picture: they must neither match nor count as unknown."""
