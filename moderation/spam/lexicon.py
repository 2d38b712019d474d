"""Words and hosts that signals look up. Whole words in lower case, compared with the skeleton of a comment.

A word belongs here when spammers sell with it and readers hardly ever write it. Money words (``free``, ``buy``,
``price``) mislead and stay out; a single word from a list never holds a comment on its own, the weights see to that.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PHARMA = _words("""
    viagra cialis levitra kamagra sildenafil tadalafil vardenafil propecia finasteride amoxicillin antabuse
    zithromax azithromycin doxycycline prednisone prednisolone clomid nolvadex tamoxifen priligy dapoxetine
    stromectol ivermectin lasix furosemide plaquenil hydroxychloroquine neurontin gabapentin xanax valium ambien
    tramadol phentermine modafinil modalert oxycontin hydrocodone vicodin percocet seroquel zyprexa celexa lexapro
    zoloft synthroid accutane isotretinoin metformin lisinopril pharmacy pharmacies pills antibiotics dosage
    overnight prescription cbd kratom steroids anabolic keto weightloss slimming виагра сиалис левитра дженерик
    аптека таблетки потенция пилюли
""")
GAMBLING = _words("""
    casino casinos roulette blackjack baccarat poker jackpot sportsbook bookmaker bookmakers betting slots gambling
    onlinecasino freespins казино слоты рулетка ставки букмекер букмекерская вулкан игровые автоматы judi togel slot
    gacor gacir gacur maxwin makswin mekswin jepe jepey jepek jackpotnya scatter sketer sketter rungkad cuan depo
    wede wd withdraw rtp bandar taruhan zeus olympus bonanza bonanja hoki menang situs toto bahis kumar iddaa 赌场 博彩
    百家乐 카지노 바카라 토토 casinò казиноз
""")
ADULT = _words("""
    porn porno pornstar xxx sex escort escorts erotic nude nudes naked milf hentai camgirl camgirls webcam onlyfans
    hookup bdsm fetish fuckbook singles dating massage erotische sexkontakte порно секс проститутки шлюхи эскорт
    интим знакомства
""")
SEO = _words("""
    seo backlink backlinks serp adsense adwords dofollow linkbuilding pagerank moz semrush ahrefs scrapebox xrumer
    gsa leads converting conversions visitors outsourced keywords webmaster webmasters advertiser advertises proxies
    captcha monetize monetization affiliate affiliates plagorism plagiarism blogroll продвижение раскрутка сайтов
    накрутка подписчиков прогон хрумер
""")
FINANCE = _words("""
    payday loans loan forex cryptocurrency binary bitcoin btc investment investors trading trader brokers broker
    earnings refinance mortgage creditors займ займы микрозайм кредит кредиты заработок заработка инвестиции форекс
    криптовалюта kredit darlehen prêt pret
""")
GOODS = _words("""
    louis vuitton lv gucci prada chanel hermes louboutin louboutins nike adidas jordans jordan ugg uggs rolex
    replica replicas jerseys jersey handbags handbag purses purse sneakers shoes boots outlet wholesale discount
    discounted moncler burberry michael kors oakley sunglasses babyliss pandora tiffany barbour abercrombie
    hollister lululemon timberland chaussures chaussure maillot maillots sac sacs bottes zapatillas scarpe borse
    piumini schuhe taschen cheap pas cher バッグ 財布 コピー ブランド アウトレット ルイヴィトン グッチ プラダ купить
    оптом ремонт окна двери грузоперевозки essay essays dissertation thesis homework plumber plumbing roofing
    locksmith carpet movers limo rental rentals insurance lawyer attorney hosting vpn iptv
""")
SELLING = PHARMA | GAMBLING | ADULT | SEO | FINANCE | GOODS
"""Words that make a name, an address or the text of a link one that sells."""
STRONG = PHARMA | ADULT | frozenset(word for word in GAMBLING if len(word) > 5) | {"payday", "louboutin", "backlinks"}
"""Words that nobody needs to disguise unless a filter looks for them."""

SELLING_PARTS: tuple[str, ...] = (
    "viagra", "cialis", "levitra", "kamagra", "pharm", "pills", "meds", "casino", "poker", "slot", "toto", "gacor",
    "judi", "betting", "porn", "escort", "dating", "massage", "payday", "loan", "credit", "forex", "trading",
    "bitcoin", "crypto", "replica", "outlet", "cheap", "discount", "wholesale", "vuitton", "louboutin", "handbag",
    "jersey", "nike", "shoes", "essay", "backlink", "seo-", "-seo", "traffic", "leads", "insurance", "onlineshop",
    "online-", "best-", "buy", "-sale", "weight-loss", "diet", "cbd", "webvisitors", "custom", "promo", "bonus",
    "earn", "money", "hack", "followers",
)  # fmt: skip
"""Parts of host names and paths of pages that sell."""


def selling_part(address: str) -> str:
    """The first part of an address that sells, or nothing."""
    return next((part for part in SELLING_PARTS if part in address), "")


TEMPLATES: tuple[str, ...] = (
    "your blog", "your website", "your web site", "your site", "this blog", "this website", "this web site",
    "your weblog", "my blog", "my website", "my weblog", "my site", "contact page", "browser compatibility",
    "wordpress theme", "blog platform", "blogging platform", "guest post", "invite posts", "write a litte more",
    "write a little more", "keep up the", "stumbled upon", "first comment here", "first visit to your", "shout out",
    "bookmarked", "bookmarking", "book marked", "will be tweeting", "my followers", "twitter updates",
    "newest twitter", "email subscription", "e newsletter", "rss feed", "subscribe to your", "off topic", "web savvy",
    "internet smart", "coding knowledge", "starting my own", "some suggestions for your", "mobile friendly",
    "loading", "captcha plugin", "spam comments", "exchange links", "link exchange", "great blog", "nice blog",
    "excellent blog", "awesome blog", "fantastic blog", "wonderful blog", "great website", "nice website",
    "great site", "blog posts", "blog post", "same niche", "same topics", "same subject", "very informative",
    "really informative", "extremely helpful", "useful info", "useful information", "wealth of information",
    "informative article", "informative post", "this sort of", "amazing article", "nicely written",
    "well written article", "write ups", "write up", "this paragraph", "this piece of writing", "great points",
    "web page", "web site is", "search engines", "i m impressed", "really enjoyed", "visit my", "look into my",
    "also visit", "my homepage", "my web page", "feel free to", "here is my", "for more information click",
    "no longer converting", "live chat", "web visitors", "unsubscribe here", "free trial", "increase your",
    "get more", "of your traffic", "marketing manager", "quick note", "looking for a", "work from home", "from home",
    "per week", "earn money", "make money", "extra cash", "extra income", "limited time", "order now", "act now",
    "online shop",
)  # fmt: skip
"""Runs of words that comment robots fill their templates with."""
UNSPACED: tuple[str, ...] = (
    "カジノ", "バカラ", "激安", "通販", "スーパーコピー", "ブランドコピー", "副業", "出会い系", "代开发票", "开发票",
    "博彩", "赌场", "百家乐", "彩票", "刷单", "兼职", "网赚", "日赚", "月赚", "赚钱", "贷款", "办证", "加微信", "加qq",
    "代理加盟", "裸聊", "约炮", "成人用品", "壮阳", "카지노", "바카라", "토토사이트", "먹튀", "출장마사지", "대출",
    "성인용품", "비아그라", "재택알바",
)  # fmt: skip
"""Words that sell in scripts that put no spaces between words."""
PRAISE: tuple[str, ...] = (
    "great post", "nice post", "good post", "awesome post", "excellent post", "brilliant post", "great article",
    "nice article", "good article", "excellent article", "good job", "good work", "great work", "nice work",
    "well done", "thanks for sharing", "thank you for sharing", "thanks for the", "thank you for", "love your",
    "i love", "like this", "very good", "very nice", "very interesting", "interesting post", "interesting article",
    "keep it up", "good info", "great info", "terrific", "superb", "i agree", "i really like", "worth reading",
    "helpful", "amazing", "excellent", "toller beitrag", "tolle seite", "gute seite", "super seite", "merci pour",
    "super article", "tres bon", "très bon", "buen articulo", "buen artículo", "gracias por", "bel articolo",
    "хорошая статья", "отличная статья", "спасибо за", "отличный сайт", "интересный сайт", "благодарю за",
    "полезная информация", "很好", "不错", "謝謝", "nice site", "cool site", "good site", "great site",
)  # fmt: skip
"""Praise that fits any page. Alone it is a reader's; beside a link it is a robot's."""
INVITATIONS: tuple[str, ...] = (
    "subscribe", "subs", "my channel", "check out my", "check my", "check out this", "checkout my", "check me out",
    "sub to", "sub for sub", "my youtube", "my video", "my videos", "my new video", "my music", "my song", "my cover",
    "my covers", "my page", "my playlist", "follow me", "follow us", "add me", "like my", "visit my", "please visit",
    "join us", "join my", "sign up", "signup", "click here", "click on", "click the link", "download now", "vote for",
    "please share", "share this video", "give it a like", "thumbs up", "gofundme", "hit me up", "dm me", "text me",
    "inbox me", "contact me", "whatsapp", "whats app", "telegram", "telegramm", "телеграм", "подпишись",
    "подписывайтесь", "переходи", "жми", "пишите в", "подробнее", "suivez", "abonne", "abonnez", "abonniert",
    "folgt mir", "sígueme", "suscribete", "suscríbete", "me segue", "inscreva", "kunjungi", "gabung",
    "daftar sekarang", "link di bio", "link bio", "加微信", "加我", "微信", "扣扣", "구독", "our website", "our site",
    "our store", "our company", "we offer", "we provide", "our services", "our service", "contact us", "playlist",
    "giveaway", "soundcloud", "my fan",
)  # fmt: skip
"""Asking readers to come elsewhere. Under videos this is most of the spam."""

ABUSED_TLD = _words("""
    ru su info biz xyz top site online shop store club icu buzz click link website space live pro vip win bet casino
    tk ml ga cf gq pw cc ws work loan men date racing review trade stream download bid cam rest fit monster sbs cfd
    lol quest cyou
""")
SHORTENERS = _words("""
    bit.ly tinyurl.com goo.gl t.co ow.ly is.gd buff.ly adf.ly zoy.bz cutt.ly rebrand.ly rb.gy shorturl.at tiny.cc
    clck.ru vk.cc u.to goo.su bc.vc soo.gd s.id linktr.ee v.gd da.gd shorte.st ouo.io lnkd.in telegra.ph t.me wa.me
""")
REFERENCES = _words("""
    github.com gist.github.com gitlab.com bitbucket.org codeberg.org stackoverflow.com serverfault.com superuser.com
    stackexchange.com askubuntu.com wikipedia.org wikimedia.org python.org pypi.org npmjs.com crates.io mozilla.org
    w3.org ietf.org rfc-editor.org debian.org ubuntu.com kernel.org apache.org microsoft.com oracle.com php.net
    mysql.com postgresql.org sqlite.org redhat.com docker.com kubernetes.io arxiv.org doi.org nytimes.com
    theguardian.com bbc.co.uk bbc.com archive.org youtube.com youtu.be flickr.com imdb.com codeproject.com
    sourceforge.net code.google.com launchpad.net readthedocs.io readthedocs.org pastebin.com jsfiddle.net
    codepen.io xkcd.com
""")
"""Hosts that readers cite. Robots cite some of them too, so a link there counts less, not nothing."""
DISPOSABLE = _words("""
    mailinator.com guerrillamail.com sharklasers.com 10minutemail.com tempmail.com temp-mail.org yopmail.com
    trashmail.com getnada.com maildrop.cc dispostable.com throwawaymail.com fakeinbox.com mintemail.com mohmal.com
    moakt.com discard.email emailondeck.com tempail.com spamgourmet.com mailnesia.com
""")
FREE_MAIL = _words("""
    gmail.com googlemail.com yahoo.com yahoo.fr yahoo.de yahoo.co.uk hotmail.com hotmail.fr outlook.com live.com
    msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.at web.de t-online.de orange.fr free.fr laposte.net
    mail.ru yandex.ru qq.com 163.com 126.com sina.com naver.com daum.net proton.me protonmail.com bluewin.ch
""")
