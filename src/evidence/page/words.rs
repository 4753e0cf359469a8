//! The one table of Chinese grammar constants of the page reader: the patterns of marks. Letters of provinces stand in
//! [`province`](crate::evidence::province).
//!
//! All patterns are written for text folded by [`super::marks`]: NFKC, mark words in simplified characters, every dash
//! a `-`, blanks collapsed to one, and `\n` only where two blocks were joined. `\s?` therefore means "perhaps a blank".

/// Letters of cities that once stood before public-security numbers: the number is then not of today's form.
pub const CITY_LETTERS: &str = "穗深莞佛珠杭甬温榕厦郑蓉沈连昆筑";

/// Traditional characters of mark words and what they are folded to. Other text keeps its characters.
pub const SIMPLIFIED: [(char, char); 40] = [
    ('備', '备'),
    ('號', '号'),
    ('證', '证'),
    ('網', '网'),
    ('滬', '沪'),
    ('蘇', '苏'),
    ('閩', '闽'),
    ('贛', '赣'),
    ('魯', '鲁'),
    ('粵', '粤'),
    ('瓊', '琼'),
    ('貴', '贵'),
    ('雲', '云'),
    ('陝', '陕'),
    ('隴', '陇'),
    ('寧', '宁'),
    ('遼', '辽'),
    ('晉', '晋'),
    ('標', '标'),
    ('識', '识'),
    ('碼', '码'),
    ('別', '别'),
    ('辦', '办'),
    ('單', '单'),
    ('開', '开'),
    ('關', '关'),
    ('機', '机'),
    ('聯', '联'),
    ('絡', '络'),
    ('電', '电'),
    ('話', '话'),
    ('郵', '邮'),
    ('係', '系'),
    ('們', '们'),
    ('圖', '图'),
    ('點', '点'),
    ('權', '权'),
    ('黨', '党'),
    ('經', '经'),
    ('營', '营'),
];

/// End of a number.
pub const HAO: char = '号';
/// Characters after digits that make them a date.
pub const DATE_AFTER: [char; 5] = ['年', '月', '日', '.', '/'];
/// What stands where a script or template still fills in a number, or where the words are only quoted.
pub const FILLED_LATER: [char; 10] = ['{', '$', '<', '%', '+', '"', '\'', '[', '”', '」'];
/// Characters that stand for digits nobody filled in.
pub const MASKS: &str = "xX×*?#○〇□某";

/// A character that says that the text may hold a filing number.
pub const FLAG_FILING: char = '备';
/// … a licence.
pub const FLAG_LICENCE: char = '证';
/// … a site code.
pub const FLAG_CODE: char = '码';
/// … a site code by its older label, which may end in [`HAO`].
pub const FLAG_CODE_OLD: char = '识';
/// … a sponsor.
pub const FLAG_SPONSOR: char = '办';

// -- ICP

/// The words of an ICP number, up to the character that tells filing from licence.
pub const ICP_WORD: &str =
    r"(?i)I\s?(?:C\s?P|(?P<swapped>P\s?C))\s?(?:[(\[]?(?P<filing>备)(?:\s?[)\]])?|(?:经营)?(?:许可)?证|经营许可|许可)";
/// What may stand between the words and the digits, and what makes them a label: `备案号:`, `备字`, `备案证编号:`.
pub const ICP_TAIL: &str = r"^\s?(?P<label>案?\s?字?(?:登记)?(?:信息)?(?:[/及和]许可证?)?(?:证书?)?(?:(?:序|编|序列)?\s?号\s?码?|编码)?)\s?(?P<colon>[:;.])?\s?第?\s?\(?\s?";
/// A licence tail: `证号:`, `证编号:`.
pub const LICENCE_TAIL: &str = r"^\s?(?:书|号|编号|编码|号码|序号)?\s?[:;.]?\s?";
/// A letter and the ICP words: what came before was a label.
pub const ICP_AGAIN: &str = r"^(?i)\(?[\p{Han}]?\)?\s?I\s?C\s?P";
/// Category and number of an operating licence, with the letter before it.
pub const LICENCE_NUMBER: &str = r"(?:(?P<letter>[\p{Han}])\s?字?\s?)?(?P<body>[AB][12](?:[.、][AB][12])*\s?-\s?\d{8}(?:-\d{1,4}[A-Z]?)?)(?P<end>\s?号)?";
/// The same without a letter, at the start of a rest.
pub const LICENCE_BODY: &str = r"^(?:[AB][12](?:[.、][AB][12])*\s?-\s?\d{8}(?:-\d{1,4}[A-Z]?)?)(?:\s?号)?";
/// A filing label with no ICP in it, followed by something that can only be a damaged number.
pub const ICP_BARE_LABEL: &str =
    r"备案(?:序|编|登记|证编)?号\s?:?\s?(?P<number>-\d{1,3}|(?P<letter>[\p{Han}])?\s?\d{6,11}\s?号(?:-\d{1,3})?)";
/// Words before a bare filing label that make it another office's.
pub const OTHER_OFFICE: &str = "安关网办育药教监械法型局队警";
/// `号` and `-N` after the digits.
pub const ICP_SUFFIX: &str =
    r"^(?P<hao>\s?号)?(?:(?P<before>\s?)-(?P<after>\s?)(?P<n>\d{1,6})(?P<app>[A-Za-z])?(?P<end>\s?号)?)?";
/// A suffix nobody filled in either.
pub const ICP_MASKED_SUFFIX: &str = r"^\s?-\s?[xX*?\d]{1,4}";
/// The ICP words of a normalised number.
pub const ICP_FILING: &str = "ICP备";
/// The licence letter of several provinces.
pub const JOINT: char = '合';

// -- public security

/// The words of a public-security number and its labels.
pub const PSB_WORD: &str = r"公\s?(?:(?P<plain>网\s?安\s?备)|(?:安\s?)?(?:部|局|机\s?关)?\s?(?:互?\s?联\s?)?(?:网\s?(?:络\s?)?(?:站\s?)?)?(?:安\s?(?:全\s?)?)?(?:网\s?)?(?:备|登记备))";
/// Between the words and the digits.
pub const PSB_TAIL: &str =
    r"^\s?(?P<label>案?\s?(?:证|信息)?\s?字?(?:登记)?(?:(?:序|编)?\s?号\s?码?|编码)?)\s?[:;.\-]?\s?第?\s?\(?\s?";
/// A bureau's own wording before the digits.
pub const PSB_FREE: &str = r"(?P<words>[\p{Han}]{0,12}(?:公安|网警|网监|网安)[^\d:;|\n]{0,14}备案?(?:编?号)?|[\p{Han}]公备(?:案号)?)\s?:?\s?(?P<digits>\d{11,15})(?P<end>\s?号)?";
/// The words of a normalised public-security number.
pub const PSB_FILING: &str = "公网安备";
/// Words left by a variant that is nearly the common noun: a letter counts only when it begins a word.
pub const PSB_COMMON: &str = "公安";

// -- site code

/// Label of a site code and what may stand before its value.
pub const CODE_LABEL: &str = r#"(?P<site>(?:政\s?府\s?)?(?:门\s?户\s?)?(?:网\s?站|站\s?点)\s?)?(?:标\s?[识示志]\s?(?:编\s?|代\s?)?[码号]|识\s?别\s?(?:编\s?)?[号码])\s?(?:为|是)?[\s:;\-|.,、()\[\]【】/"“”=]{0,6}"#;

// -- joining of blocks

/// A line that ends like this is continued by the next block.
pub const DANGLING: &str = r"(?i)(?:(?:ICP|安|公|网|关)\s?备\s?(?:案\s?)?(?:字\s?)?|备\s?案\s?(?:序\s?|编\s?|证\s?)?|标\s?[识示志]\s?(?:编\s?)?码|识\s?别\s?[号码]|ICP\s?证|主\s?办(?:\s?单\s?位|\s?方)?\s?:?)(?:号\s?码?)?\s?:?\s?$";

// -- badges

/// Alternative text of the 党政机关 or 事业单位 badge.
pub const CONAC_WORDS: [&str; 4] = ["党政机关", "事业单位标识", "事业单位网站", "政府机关标识"];
/// In the file name of its picture.
pub const CONAC_NAME: &str = "党政";
/// Words of the 找错 entry.
pub const JIUCUO_WORDS: [&str; 4] = ["政府网站找错", "网站找错", "我为政府找错", "政府网站纠错"];

// -- sponsor

/// `主办单位:X`, up to whatever ends the field; the caller cuts the value.
pub const SPONSOR_PREFIX: &str =
    r"(?:主\s?办|开\s?办)(?:\s?(?:单\s?位|机\s?构|部\s?门|方|者)\s?(?:名称)?\s?[:\-|/]?|\s?:)\s?(?P<value>[^\n]+)";
/// `X主办`.
pub const SPONSOR_SUFFIX: &str = r"(?P<value>[\p{Han}()、·\-0-9A-Za-z]{2,60}?)\s?(?:共同|联合)?主办";
/// What may not follow the words of the suffix form: they are then part of another word.
pub const SPONSOR_NOT_AFTER: &str = "单方机者的了权会部人和与:";
/// Roles named together (`主办、承办单位`): no name stands before them.
pub const SPONSOR_BOTH_ROLES: &str = r"^[、/及]\s?(?:承|协|联)\s?办";
/// What ends the value of the prefix form wherever it stands. Only whole labels: names of bodies hold many of their
/// single words (经济技术开发区, 举报中心, 建设局).
pub const SPONSOR_STOP: &str = r"(?i)承\s?办|协\s?办|联\s?办|主\s?管\s?(?:单\s?位|部\s?门|:)|指\s?导\s?(?:单\s?位|:)|运\s?维|运\s?行\s?(?:维\s?护|管\s?理|单\s?位)|运\s?营\s?(?:单\s?位|维\s?护|:)|维\s?护\s?(?:单\s?位|管\s?理|电\s?话|:)|管\s?理\s?单\s?位|技\s?术\s?(?:支\s?持|维\s?护|保\s?障)|支\s?持\s?单\s?位|建\s?设\s?(?:单\s?位|维\s?护|及|:)|制\s?作|开\s?发\s?(?:单\s?位|维\s?护|制\s?作|:)|设计\s?(?:制作|开发|:)|版\s?权|地\s?址\s?:|电\s?话|联\s?系\s?(?:我\s?们|方\s?式|电\s?话|地\s?址|人)|邮\s?编|邮\s?政\s?编\s?码|邮\s?箱|传\s?真|热\s?线\s?:|网\s?站\s?(?:标\s?识|地\s?图|声\s?明|支\s?持)|标\s?识\s?码|备\s?案\s?(?:号|序|编|:)|公\s?安\s?备|[\p{Han}]公网|[\p{Han}]?\s?ICP|网\s?址\s?:|域\s?名|信\s?箱\s?:|建\s?议\s?使|推\s?荐\s?使|copyright|©|®|@|[|;,。:]|-{2,}";
/// What ends it at the beginning of a word.
pub const SPONSOR_STOP_WORD: &str = r"^(?:地址|运行|运营|维护|管理|技术|支持|建设|开发|设计|热线|网站|备案|信箱|投稿|举报|建议|未经|推荐|中文|内容|责任|编辑|指导|主管|联系|邮政|All|Rights|http|www)";
/// Ends of names of bodies: a blank after one of these ends the value unless another name follows.
pub const BODY_END: &str = "委府厅局办室心院会社部处署校所站团司行队厂库馆台区县市镇乡";

// -- contact and site map

/// A telephone, address or mailbox in the footer.
pub const CONTACT: &str = r"(?i)(?:联\s?系\s?(?:我\s?们|方\s?式|电\s?话|人)|电\s?话|热\s?线|传\s?真|手机(?:号码?)?\s?:|邮\s?箱|信\s?箱|e-?mail|\btel\b|地\s?址|邮\s?编|邮\s?政\s?编\s?码)[^\n|]{0,40}|[\w.\-]+@[\w\-]+(?:\.[\w\-]+)+|\b0\d{2,3}\s?-{1,2}\s?\d{7,8}\b|\(0\d{2,3}\)\s?\d{7,8}\b|\b400-?\d{3,4}-?\d{3,4}\b";
/// Where the next field of a footer begins. A label that goes on where another ends (`联系电话`, `电子邮箱`) is no beginning.
pub const CONTACT_NEXT: &str = r"(?i)[\s,;、。:](?:地\s?址|邮\s?编|邮\s?政\s?编\s?码|电\s?话|联\s?系|传\s?真|热\s?线|(?:电子)?邮\s?箱|信\s?箱|e-?mail|qq|网\s?站|网\s?址|版\s?权|主\s?办|承\s?办|主\s?管|协\s?办|运\s?维|维\s?护|技\s?术|建\s?议|推\s?荐|copyright|©)|(?:政府)?网\s?站\s?标\s?识\s?码|[\p{Han}]?\s?ICP|[\p{Han}]\s?公\s?网\s?安|国际联网|公\s?安\s?备";
/// Last character of the words for a site map.
pub const SITEMAP_END: char = '图';
/// Site map by words.
pub const SITEMAP: &str = r"(?:网\s?站|站\s?点|本\s?站)\s?(?:地\s?图|导\s?图)";

// -- links

/// Text of an anchor before a number that makes it the number's own link: a label and nothing else.
pub const LINKED_LABEL: &str =
    r"(?i)^[\s\p{Han}(（/A-Za-z]{0,16}(?:备案|備案|许可证|ICP|安备|安備)[\p{Han}]{0,4}\s*[:：)）]?\s*$";

// -- cleaning of a sponsor's name

/// Another role right before the suffix form. `建设` and `维护` are also parts of names of bodies (住房和城乡建设局).
pub const SPONSOR_ROLE_BEFORE: &str = r"承\s?办|协\s?办|联\s?办|运\s?维|(?:公司|中心)(?:维\s?护|建\s?设)";
/// Ends of names that may stand beside another one before the suffix form (`中共X市委 X市人民政府主办`).
pub const SPONSOR_BESIDE: &str = "委府厅局办会院室部";
/// What stands before a name inside a sentence.
pub const SENTENCE_BEFORE: &str = ",、由";
/// What ends a sentence; fields of a footer are not sentences.
pub const SENTENCE_END: char = '。';
/// Another role, whose name is not the sponsor's.
pub const SPONSOR_OTHER_ROLE: &str = r"(?:承\s?办|协\s?办|联\s?办|运\s?维|维\s?护|建\s?设)";
/// Words before a name that are no part of it.
pub const SPONSOR_LEAD: &str = r"^(?:版权所有|(?:本)?(?:网)?站?由|:|[A-Za-z ]*(?:19|20)\d\d(?:-(?:19|20)\d\d)?)+\s?";
/// End of a government's name; doubled where the label behind it begins with the same word.
pub const SPONSOR_GOVERNMENT: &str = "政府";
/// The word of the suffix form.
pub const SPONSOR_WORD: &str = "主办";
/// Characters trimmed off both ends of a name.
pub const SPONSOR_EDGE: &str = "、,;:.|-/·。“”\"'【】[]《》 ";
/// Characters no name begins with.
pub const SPONSOR_NOT_FIRST: &str = "和与及或的了者权";

// -- footer

/// Text that only the bottom of a page carries: the beginnings of filing numbers and of the site code. Weaker words (版权所有,
/// 主办单位, 网站地图) also stand in articles and menus, and a page that has only those has not shown its filing line.
pub const FOOTER_MARKERS: [&str; 6] = ["ICP", "ＩＣＰ", "公网安备", "公安备案", "公安机关备案", "标识码"];
/// Words of a footer written as text, beside its numbers.
pub const FOOTER_WORDS: [&str; 5] = ["版权所有", "主办", "承办", "电话", "地址"];

/// Words of a search form: in its address, the name of its field, the text shown inside or on its button.
pub(super) const SEARCH: &[&str] = &["search", "sousuo", "query", "keyword", "搜索", "检索", "查询", "关键"];

/// Words by which a page shows that it only answers in the place of a site.
pub(super) mod standing {
    /// What a notice speaks of.
    pub(in super::super) const SITE: &[&str] = &["网站", "本站", "本网", "域名", "网址", "平台", "门户"];
    pub(in super::super) const SENTENCE_ENDS: &[char] = &['\n', '。', '！', '!'];
    /// A closing that needs no further sign.
    pub(in super::super) const ENDED: &[&str] = &[
        "关停",
        "永久下线",
        "永久关闭",
        "停止服务",
        "停止运行",
        "停止访问",
        "停止对外",
        "停止使用",
        "停止更新",
        "不再更新",
        "不再提供",
    ];
    /// A closing in words that buttons and advice use too …
    pub(in super::super) const SHUT: &[&str] = &["关闭", "下线", "停用", "停运", "撤销", "注销"];
    /// … where the sentence speaks of a fact or a date.
    pub(in super::super) const DECIDED: &[&str] = &["已", "将于", "予以", "正式", "日起", "年底", "月底", "决定"];
    /// A closing for a while is none.
    pub(in super::super) const FOR_A_WHILE: &[&str] = &["临时", "暂时", "暂停"];
    pub(in super::super) const MOVED: &[&str] =
        &["迁移", "迁至", "移至", "整合", "搬迁", "合并", "并入", "变更为", "更换为", "启用新"];
    pub(in super::super) const PAUSED: &[&str] = &[
        "临时下线",
        "暂时下线",
        "临时关闭",
        "暂时关闭",
        "暂停服务",
        "暂停访问",
        "暂停对外",
        "暂停开放",
        "暂停使用",
        "停机维护",
        "系统维护",
        "例行维护",
        "网站维护",
        "正在维护",
        "升级维护",
        "维护升级",
        "服务器维护",
    ];
    /// What follows "maintenance" where somebody is named who does it.
    pub(in super::super) const MAINTAINER: &[char] =
        &['单', '位', '电', '话', '部', '门', '中', '心', '方', '人', '员', ' '];
    /// Such a page says neither since when nor until when.
    pub(in super::super) const REBUILDING: &[&str] = &[
        "升级改版",
        "改版升级",
        "正在改版",
        "改版中",
        "正在升级",
        "升级中",
        "正在建设",
        "建设中",
        "敬请期待",
        "即将上线",
    ];
    /// Links of a splash page.
    pub(in super::super) const WAY_IN: &[&str] = &["进入", "继续访问", "跳过", "点击查看", "返回首页"];
    /// Titles, in lower case.
    pub(in super::super) const SERVER_TITLES: &[&str] = &[
        "welcome to nginx",
        "welcome to openresty",
        "welcome to tengine",
        "welcome to centos",
        "iis windows",
        "iis7",
        "iis8",
        "internet information services",
        "apache2 ubuntu default page",
        "apache2 debian default page",
        "apache http server test page",
        "http server test page",
        "test page for the apache",
        "test page for the nginx",
        "apache tomcat",
        "default web site page",
        "站点创建成功",
        "没有找到站点",
        "默认站点",
    ];
    /// Whole texts, in lower case.
    pub(in super::super) const SERVER_TEXTS: &[&str] =
        &["it works!", "hello world", "hello world!", "test", "测试页面"];
    pub(in super::super) const LISTING: &str = "index of /";
    pub(in super::super) const LISTING_UP: &str = "[To Parent Directory]";
    /// In lower case.
    pub(in super::super) const PARKED: &[&str] = &[
        "域名正在出售",
        "域名出售",
        "域名可转让",
        "域名转让中",
        "域名停放",
        "域名已过期",
        "域名已到期",
        "domain is for sale",
        "domain may be for sale",
        "buy this domain",
        "domain is parked",
        "domain has expired",
        "domain parking",
    ];
    /// Without `www.`.
    pub(in super::super) const PARKING_HOSTS: &[&str] =
        &["sedoparking.com", "sedo.com", "parkingcrew.net", "bodis.com", "dan.com", "afternic.com", "hugedomains.com"];
}
