//! Provinces: their codes, the letters of their filing numbers, their numbers at the issuer of the 党政机关 mark. The one table.

/// One province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Province {
    /// First two digits of its codes (GB/T 2260).
    pub code: &'static str,
    /// Letter of its ICP numbers; 51, 52 and 62 have letters of their own there.
    pub icp: char,
    /// Letter of its public-security numbers.
    pub psb: char,
    /// Further letters that are seen in the place of either.
    pub also: &'static str,
    /// Its number in addresses of the 党政机关 mark.
    pub conac: &'static str,
}

const fn province(code: &'static str, icp: char, psb: char, also: &'static str, conac: &'static str) -> Province {
    Province { code, icp, psb, also, conac }
}

/// 66 is the Xinjiang Corps, which some systems use.
pub const PROVINCES: [Province; 32] = [
    province("11", '京', '京', "", "01"),
    province("12", '津', '津', "", "02"),
    province("13", '冀', '冀', "", "05"),
    province("14", '晋', '晋', "", "06"),
    province("15", '蒙', '蒙', "", "07"),
    province("21", '辽', '辽', "", "08"),
    province("22", '吉', '吉', "", "09"),
    province("23", '黑', '黑', "", "10"),
    province("31", '沪', '沪', "", "03"),
    province("32", '苏', '苏', "", "11"),
    province("33", '浙', '浙', "", "12"),
    province("34", '皖', '皖', "", "13"),
    province("35", '闽', '闽', "", "14"),
    province("36", '赣', '赣', "", "15"),
    province("37", '鲁', '鲁', "", "16"),
    province("41", '豫', '豫', "", "17"),
    province("42", '鄂', '鄂', "", "18"),
    province("43", '湘', '湘', "", "19"),
    province("44", '粤', '粤', "", "20"),
    province("45", '桂', '桂', "", "21"),
    province("46", '琼', '琼', "", "22"),
    province("50", '渝', '渝', "", "04"),
    province("51", '蜀', '川', "", "23"),
    province("52", '黔', '贵', "", "24"),
    province("53", '滇', '滇', "云", "25"),
    province("54", '藏', '藏', "", "26"),
    province("61", '陕', '陕', "", "27"),
    province("62", '陇', '甘', "", "28"),
    province("63", '青', '青', "", "29"),
    province("64", '宁', '宁', "", "30"),
    province("65", '新', '新', "", "31"),
    province("66", '新', '新', "兵", "31"),
];

/// Letters people write in ICP numbers, and what they should be: other forms of the same province's name.
const NOT_OF_ICP: [(char, char); 4] = [('川', '蜀'), ('贵', '黔'), ('甘', '陇'), ('云', '滇')];

impl Province {
    /// The province a code or number begins with.
    pub fn of(digits: &str) -> Option<&'static Province> {
        PROVINCES.iter().find(|p| digits.starts_with(p.code))
    }

    /// Whether `letter` stands for this province before any filing number.
    pub fn has(&self, letter: char) -> bool {
        self.icp == letter || self.psb == letter || self.also.contains(letter)
    }
}

/// The letter of ICP numbers that was meant by one that is none of them.
pub fn meant_of_icp(letter: char) -> Option<char> {
    NOT_OF_ICP.iter().find(|(wrong, _)| *wrong == letter).map(|(_, right)| *right)
}
