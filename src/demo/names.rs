//! Names of the simulated city: everything here is fictional, only the forms are real.

/// The city.
pub const CITY: &str = "云岭市";
/// Zone of the city; departments live below it.
pub const CITY_ZONE: &str = "yunling.gov.cn";
/// 区划代码 of the city: of the right province, but not in use.
pub const CITY_REGION: u32 = 619_900;

/// A department: full name without its area, and the label of its host.
pub struct Office {
    pub name: &'static str,
    pub label: &'static str,
}

const fn office(name: &'static str, label: &'static str) -> Office {
    Office { name, label }
}

pub const OFFICES: &[Office] = &[
    office("教育局", "jyj"),
    office("发展和改革委员会", "fgw"),
    office("财政局", "czj"),
    office("人力资源和社会保障局", "rsj"),
    office("自然资源和规划局", "zrzyj"),
    office("生态环境局", "sthjj"),
    office("住房和城乡建设局", "zjj"),
    office("交通运输局", "jtj"),
    office("水利局", "slj"),
    office("农业农村局", "nyncj"),
    office("商务局", "swj"),
    office("文化和旅游局", "wlj"),
    office("卫生健康委员会", "wjw"),
    office("应急管理局", "yjj"),
    office("市场监督管理局", "scjgj"),
    office("科学技术局", "kjj"),
    office("工业和信息化局", "gxj"),
    office("民政局", "mzj"),
    office("司法局", "sfj"),
    office("审计局", "sjj"),
    office("统计局", "tjj"),
    office("医疗保障局", "ybj"),
    office("林业和草原局", "lcj"),
    office("退役军人事务局", "tyjrj"),
    office("行政审批服务局", "xzspj"),
    office("乡村振兴局", "xczxj"),
    office("体育局", "tyj"),
    office("信访局", "xfj"),
    office("能源局", "nyj"),
    office("城市管理执法局", "cgj"),
    office("民族宗教事务局", "mzjj"),
    office("国有资产监督管理委员会", "gzw"),
];

const FIRST: &[(&str, &str)] = &[
    ("青", "qing"),
    ("柳", "liu"),
    ("石", "shi"),
    ("白", "bai"),
    ("金", "jin"),
    ("永", "yong"),
    ("长", "chang"),
    ("南", "nan"),
    ("北", "bei"),
    ("东", "dong"),
    ("西", "xi"),
    ("安", "an"),
    ("宁", "ning"),
    ("兴", "xing"),
    ("平", "ping"),
    ("松", "song"),
    ("桃", "tao"),
    ("玉", "yu"),
    ("龙", "long"),
    ("沙", "sha"),
];

const SECOND: &[(&str, &str)] = &[
    ("禾", "he"),
    ("川", "chuan"),
    ("原", "yuan"),
    ("泉", "quan"),
    ("岭", "ling"),
    ("台", "tai"),
    ("坝", "ba"),
    ("谷", "gu"),
    ("塘", "tang"),
    ("湾", "wan"),
    ("桥", "qiao"),
    ("亭", "ting"),
    ("洲", "zhou"),
    ("滩", "tan"),
    ("溪", "xi"),
    ("营", "ying"),
    ("寨", "zhai"),
    ("关", "guan"),
    ("堡", "bu"),
    ("渡", "du"),
];

/// How many different counties can be named.
pub const COUNTIES: usize = FIRST.len() * SECOND.len();

/// Name and zone of county `index`, e.g. 青禾县, `ylqinghe.gov.cn`. Indexes beyond [`COUNTIES`] get a number.
pub fn county(index: usize) -> (String, String) {
    let round = index / COUNTIES;
    let index = index % COUNTIES;
    // Walks both lists at once, so that the first counties differ in both characters.
    let (a, pa) = FIRST[index % FIRST.len()];
    let (b, pb) = SECOND[(index / FIRST.len() + index) % SECOND.len()];
    let kind = if index % 4 == 2 { "区" } else { "县" };
    match round {
        0 => (format!("{a}{b}{kind}"), format!("yl{pa}{pb}.gov.cn")),
        n => (format!("{a}{b}{n}{kind}"), format!("yl{pa}{pb}{n}.gov.cn")),
    }
}

/// Region code of county `index`: below the city's own for the first 99, further down afterwards.
pub fn county_region(index: usize) -> u32 {
    let group = (index / 99) as u32;
    CITY_REGION - 100 * (group % 90) + (index % 99) as u32 + 1
}
