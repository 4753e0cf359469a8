//! The parts around the document: types, relations, styles, fonts, settings, header and footer.

use jiff::civil::Date;

use super::super::text::xml;
use super::document::run;

pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
pub(super) const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
pub(super) const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Faces by use. Digits and Latin letters are Times New Roman everywhere but in page numbers.
pub(super) const TITLE_FACE: &str = "方正小标宋简体";
pub(super) const HEAD_FACE: &str = "黑体";
pub(super) const BODY_FACE: &str = "仿宋_GB2312";
/// （一） headings, GB/T 9704—2012 7.3.3.
pub(super) const KAI_FACE: &str = "楷体_GB2312";
pub(super) const LATIN_FACE: &str = "Times New Roman";
/// 四号半角宋体, GB/T 9704—2012 7.5.
const NUMBER_FACE: &str = "宋体";

/// Left and right cell margin, twentieths of a point (1.5 mm): 序号 in 小四 fits its 12 mm on one line.
pub(super) const CELL_MARGIN: u32 = 85;

/// Where 联系电话 begins, twentieths of a point from the left (80 mm).
pub(super) const CONTACT_TAB: u32 = 4535;

/// Half points of the named sizes.
pub(super) const ER_HAO: u32 = 44;
pub(super) const SAN_HAO: u32 = 32;
pub(super) const SI_HAO: u32 = 28;
pub(super) const XIAO_SI: u32 = 24;
pub(super) const WU_HAO: u32 = 21;
pub(super) const XIAO_WU: u32 = 18;

pub(super) fn content_types(draft: bool) -> String {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let mut overrides = vec![
        ("/word/document.xml", format!("{word}.document.main+xml")),
        ("/word/styles.xml", format!("{word}.styles+xml")),
        ("/word/fontTable.xml", format!("{word}.fontTable+xml")),
        ("/word/settings.xml", format!("{word}.settings+xml")),
        ("/word/footer1.xml", format!("{word}.footer+xml")),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml".to_owned()),
        ("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml".to_owned()),
    ];
    if draft {
        overrides.push(("/word/header1.xml", format!("{word}.header+xml")));
    }
    let overrides: String = overrides
        .into_iter()
        .map(|(part, kind)| format!("<Override PartName=\"{part}\" ContentType=\"{kind}\"/>"))
        .collect();
    format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>{overrides}</Types>"
    )
}

pub(super) fn package_relations() -> String {
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    format!(
        "{HEAD}<Relationships xmlns=\"{package}\">\
         <Relationship Id=\"rId1\" Type=\"{R}/officeDocument\" Target=\"word/document.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{package}/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
         <Relationship Id=\"rId3\" Type=\"{R}/extended-properties\" Target=\"docProps/app.xml\"/></Relationships>"
    )
}

pub(super) fn document_relations(draft: bool) -> String {
    let header = if draft {
        format!("<Relationship Id=\"rId5\" Type=\"{R}/header\" Target=\"header1.xml\"/>")
    } else {
        String::new()
    };
    format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{R}/styles\" Target=\"styles.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{R}/fontTable\" Target=\"fontTable.xml\"/>\
         <Relationship Id=\"rId3\" Type=\"{R}/settings\" Target=\"settings.xml\"/>\
         <Relationship Id=\"rId4\" Type=\"{R}/footer\" Target=\"footer1.xml\"/>{header}</Relationships>"
    )
}

/// The creation date is the document's own date, so that the same content gives the same bytes.
pub(super) fn core_properties(title: &str, office: &str, date: Date) -> String {
    let stamp = format!("{date}T00:00:00Z");
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{stamp}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{stamp}</dcterms:modified></cp:coreProperties>",
        xml(title),
        xml(office),
    )
}

pub(super) fn app_properties() -> String {
    format!(
        "{HEAD}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">\
         <Application>xunjian</Application></Properties>"
    )
}

pub(super) fn settings() -> String {
    let compat = |name: &str, value: &str| {
        format!(
            "<w:compatSetting w:name=\"{name}\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"{value}\"/>"
        )
    };
    format!(
        "{HEAD}<w:settings xmlns:w=\"{W}\"><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"420\"/>\
         <w:characterSpacingControl w:val=\"compressPunctuation\"/><w:compat>{}{}</w:compat>\
         <w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>",
        compat("compatibilityMode", "15"),
        compat("overrideTableStyleFontSizeAndJustification", "1"),
    )
}

/// Faces with what replaces them where they are not installed.
pub(super) fn font_table() -> String {
    let face = |name: &str, others: &str, charset: &str, family: &str, pitch: &str| {
        let others = if others.is_empty() { String::new() } else { format!("<w:altName w:val=\"{others}\"/>") };
        format!(
            "<w:font w:name=\"{name}\">{others}<w:charset w:val=\"{charset}\"/><w:family w:val=\"{family}\"/>\
             <w:pitch w:val=\"{pitch}\"/></w:font>"
        )
    };
    format!(
        "{HEAD}<w:fonts xmlns:w=\"{W}\">{}{}{}{}{}{}</w:fonts>",
        face(LATIN_FACE, "", "00", "roman", "variable"),
        face(TITLE_FACE, "华文中宋,STZhongsong,宋体,SimSun", "86", "script", "variable"),
        face(BODY_FACE, "仿宋,FangSong", "86", "modern", "default"),
        face(KAI_FACE, "楷体,KaiTi", "86", "modern", "default"),
        face(HEAD_FACE, "SimHei", "86", "modern", "fixed"),
        face(NUMBER_FACE, "SimSun", "86", "auto", "variable"),
    )
}

pub(super) fn styles() -> String {
    let paragraph = |id: &str, name: &str, properties: &str, face: &str, size: u32| {
        format!(
            "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:qFormat/><w:pPr>{properties}</w:pPr><w:rPr>{}</w:rPr></w:style>",
            run_properties(face, LATIN_FACE, size)
        )
    };
    let exact = |points: u32, before: u32, after: u32| {
        format!(
            "<w:spacing w:before=\"{}\" w:after=\"{}\" w:line=\"{}\" w:lineRule=\"exact\"/>",
            before * 20,
            after * 20,
            points * 20
        )
    };
    let border = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>");
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(border).concat();
    format!(
        "{HEAD}<w:styles xmlns:w=\"{W}\"><w:docDefaults><w:rPrDefault><w:rPr>{}<w:lang w:val=\"en-US\" \
         w:eastAsia=\"zh-CN\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/>\
         <w:pPr><w:autoSpaceDE w:val=\"0\"/><w:autoSpaceDN w:val=\"0\"/></w:pPr></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/>\
         <w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblCellMar><w:top w:w=\"0\" w:type=\"dxa\"/>\
         <w:left w:w=\"108\" w:type=\"dxa\"/><w:bottom w:w=\"0\" w:type=\"dxa\"/><w:right w:w=\"108\" w:type=\"dxa\"/>\
         </w:tblCellMar></w:tblPr></w:style>\
         <w:style w:type=\"table\" w:customStyle=\"1\" w:styleId=\"ListTable\"><w:name w:val=\"清单表格\"/>\
         <w:basedOn w:val=\"TableNormal\"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>\
         {}{}{}{}{}{}{}{}</w:styles>",
        run_properties(BODY_FACE, LATIN_FACE, XIAO_SI),
        paragraph("AnnexMark", "附件标记", &exact(26, 0, 0), HEAD_FACE, SAN_HAO),
        paragraph(
            "FormTitle",
            "清单标题",
            &format!("<w:keepNext/>{}<w:jc w:val=\"center\"/>", exact(32, 2, 4)),
            TITLE_FACE,
            ER_HAO
        ),
        paragraph(
            "HeadLine",
            "表首行",
            &format!("<w:keepNext/><w:tabs><w:tab w:val=\"right\" w:pos=\"12756\"/></w:tabs>{}", exact(28, 0, 4)),
            BODY_FACE,
            SI_HAO
        ),
        paragraph("ColumnHead", "列名", "<w:keepNext/><w:jc w:val=\"center\"/>", HEAD_FACE, XIAO_SI),
        paragraph("CellText", "表内文字", "<w:wordWrap w:val=\"0\"/>", BODY_FACE, XIAO_SI),
        paragraph(
            "FootLine",
            "表尾行",
            &format!(
                "<w:tabs><w:tab w:val=\"left\" w:pos=\"{CONTACT_TAB}\"/><w:tab w:val=\"right\" w:pos=\"12756\"/></w:tabs>{}",
                exact(26, 4, 0)
            ),
            BODY_FACE,
            SI_HAO
        ),
        paragraph("FootNote", "表注", "<w:spacing w:before=\"60\"/>", BODY_FACE, WU_HAO),
        paragraph("PageFoot", "页码", "<w:jc w:val=\"center\"/>", NUMBER_FACE, SI_HAO),
    )
}

/// `hint` makes quotation marks and dashes use the Chinese face.
pub(super) fn run_properties(face: &str, latin: &str, size: u32) -> String {
    format!(
        "<w:rFonts w:hint=\"eastAsia\" w:ascii=\"{latin}\" w:hAnsi=\"{latin}\" w:eastAsia=\"{face}\" w:cs=\"{latin}\"/>\
         <w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/>"
    )
}

/// `— 1 —`. The field's begin, instruction, separator and end are runs of their own: WPS does not show a merged one.
pub(super) fn footer() -> String {
    let properties = run_properties(NUMBER_FACE, NUMBER_FACE, SI_HAO);
    let field = |inner: &str| format!("<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>");
    format!(
        "{HEAD}<w:ftr xmlns:w=\"{W}\"><w:p><w:pPr><w:pStyle w:val=\"PageFoot\"/></w:pPr>{}{}{}{}{}{}{}</w:p></w:ftr>",
        field("<w:t xml:space=\"preserve\">— </w:t>"),
        field("<w:fldChar w:fldCharType=\"begin\"/>"),
        field("<w:instrText xml:space=\"preserve\"> PAGE </w:instrText>"),
        field("<w:fldChar w:fldCharType=\"separate\"/>"),
        field("<w:t>1</w:t>"),
        field("<w:fldChar w:fldCharType=\"end\"/>"),
        field("<w:t xml:space=\"preserve\"> —</w:t>"),
    )
}

/// 草稿 across every page, and in words at the top for programs that do not draw it.
pub(super) fn draft_header() -> String {
    format!(
        "{HEAD}<w:hdr xmlns:w=\"{W}\" xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\
         <w:p><w:pPr><w:pStyle w:val=\"FootNote\"/><w:jc w:val=\"right\"/></w:pPr>{}<w:r><w:pict>\
         <v:shapetype id=\"_x0000_t136\" coordsize=\"21600,21600\" o:spt=\"136\" adj=\"10800\" path=\"m@7,l@8,m@5,21600l@6,21600e\">\
         <v:formulas><v:f eqn=\"sum #0 0 10800\"/><v:f eqn=\"prod #0 2 1\"/><v:f eqn=\"sum 21600 0 @1\"/><v:f eqn=\"sum 0 0 @2\"/>\
         <v:f eqn=\"sum 21600 0 @3\"/><v:f eqn=\"if @0 @3 0\"/><v:f eqn=\"if @0 21600 @1\"/><v:f eqn=\"if @0 0 @2\"/>\
         <v:f eqn=\"if @0 @4 21600\"/></v:formulas><v:path textpathok=\"t\" o:connecttype=\"rect\"/>\
         <v:textpath on=\"t\" fitshape=\"t\"/></v:shapetype>\
         <v:shape id=\"DraftMark\" o:spid=\"_x0000_s2049\" type=\"#_x0000_t136\" style=\"position:absolute;margin-left:0;margin-top:0;\
         width:300pt;height:150pt;rotation:330;z-index:-251658240;mso-position-horizontal:center;\
         mso-position-horizontal-relative:margin;mso-position-vertical:center;mso-position-vertical-relative:margin\" \
         fillcolor=\"#d9d9d9\" stroked=\"f\"><v:fill opacity=\".5\"/>\
         <v:textpath style=\"font-family:&quot;{HEAD_FACE}&quot;;font-size:1pt\" string=\"草稿\"/></v:shape></w:pict></w:r></w:p></w:hdr>",
        run("草稿，未经核定，不得报送", BODY_FACE, WU_HAO),
    )
}
