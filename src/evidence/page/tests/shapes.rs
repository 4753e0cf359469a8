//! One minimal page per shape seen on real pages, with everything that is to be read from it.
//!
//! A line of what is expected names a mark, what it says, and only what is out of the ordinary: the kind where it is no
//! filing, the grade where it is not valid, the place where it is not the text, `hidden` where no visitor sees it, and the
//! grade of the link.

use super::super::*;
use crate::evidence::facts::undecided_alone;

/// A page's name, its body, and the marks in it. `open` says that absent marks are not decided.
type Shape = (&'static str, &'static str, &'static [&'static str]);

const NUMBERS: &[Shape] = &[
    ("eight digits", "<p>陕ICP备05000001号</p>", &["icp 陕ICP备05000001号 none"]),
    ("ten digits", "<p>粤ICP备2022092331号-1</p>", &["icp 粤ICP备2022092331号-1 none"]),
    ("six digits, very old", "<p>京ICP备030001号</p>", &["icp 京ICP备030001号 none"]),
    ("suffix and second word", "<p>沪ICP备2021527689-3号</p>", &["icp 沪ICP备2021527689号-3 none"]),
    ("suffix before the word", "<p>滇ICP备09010050-5号</p>", &["icp 滇ICP备09010050号-5 none"]),
    ("number of an application", "<p>鲁ICP备2021022006号-4A</p>", &["icp 鲁ICP备2021022006号-4A none"]),
    ("without the last word", "<p>沪ICP备05014803</p>", &["icp 沪ICP备05014803号 none"]),
    ("blanks everywhere", "<p>陕 ICP 备 19000424 号 -2</p>", &["icp 陕ICP备19000424号-2 none"]),
    ("blank entities", "<p>蜀ICP备&nbsp;13001288&ensp;号</p>", &["icp 蜀ICP备13001288号 none"]),
    (
        "blank entity without its end",
        "<p>京ICP备05000001号&nbsp京公网安备11010602060068号</p>",
        &["icp 京ICP备05000001号 none", "psb 京公网安备11010602060068号 none"],
    ),
    (
        "split over elements",
        "<p>京<span>ICP</span>备<span>19054529</span>号<span>-1</span></p>",
        &["icp 京ICP备19054529号-1 none"],
    ),
    (
        "prefix outside the link",
        "<p>陕ICP备<a href='https://beian.miit.gov.cn/'>05000001号-2</a></p>",
        &["icp 陕ICP备05000001号-2 right"],
    ),
    ("full width", "<p>粤ＩＣＰ备０５００００１２号－１０</p>", &["icp 粤ICP备05000012号-10 none"]),
    ("traditional", "<p>滬ICP備16027065號-2</p>", &["icp 沪ICP备16027065号-2 none"]),
    ("colon behind the words", "<p>粤ICP备:15043489号-1</p>", &["icp 粤ICP备15043489号-1 none"]),
    ("with the word zi", "<p>粤ICP备字17147191号-1</p>", &["icp 粤ICP备17147191号-1 none"]),
    ("word in brackets", "<p>蜀 ICP(备)10025767号</p>", &["icp 蜀ICP备10025767号 none"]),
    (
        "two of one subject",
        "<p>京ICP备12019458号-14 京ICP备12019458号-17</p>",
        &["icp 京ICP备12019458号-14 none", "icp 京ICP备12019458号-17 none"],
    ),
    ("label that ends in the words", "<p>ICP备案号：粤ICP备20001927号-1</p>", &["icp 粤ICP备20001927号-1 none"]),
    ("label of the police before it", "<p>公网安备案号沪ICP备05014803号</p>", &["icp 沪ICP备05014803号 none"]),
    ("licence", "<p>京ICP证030173号-1</p>", &["icp 京ICP证030173号-1 licence none"]),
    ("licence by its category", "<p>粤B2-20090059-1626X</p>", &["icp 粤B2-20090059-1626X licence none"]),
    ("licence written as filing", "<p>闽ICP备B2-20050038</p>", &["icp 闽ICP备B2-20050038 licence none"]),
    ("placeholder digits", "<p>京ICP备12345678号</p>", &["icp 京ICP备12345678号 placeholder none"]),
    ("placeholder letters", "<p>琼ICP备XXXXXXXX号-1</p>", &["icp 琼ICP备XXXXXXXX号-1 placeholder none"]),
    ("placeholder with its suffix", "<p>渝ICP备xxxxxxxxxx号-x</p>", &["icp 渝ICP备xxxxxxxxxx号-x placeholder none"]),
    ("masked", "<p>陕ICP备130xxxx83号</p>", &["icp 陕ICP备130xxxx83号 placeholder none"]),
    ("zero serial", "<p>滇ICP备2021000000号</p>", &["icp 滇ICP备2021000000号 placeholder none"]),
    ("seven digits", "<p>京ICP备案1004644号</p>", &["icp 京ICP备案1004644号 malformed none"]),
    ("letters in the wrong order", "<p>粤IPC备05000001号</p>", &["icp 粤IPC备05000001号 malformed none"]),
    ("nothing behind the words", "<p>京ICP备</p>", &["icp 京ICP备 malformed none"]),
    ("year not possible", "<p>粤ICP备80000001号</p>", &["icp 粤ICP备80000001号 impossible none"]),
    ("a lawyer's number is no filing", "<p>沪教Z6-20100025号 京网文(2015)0191-121号</p>", &[]),
    ("wording to be filled in", "<p>ICP备案号：[请填写]</p>", &[]),
    ("police, fourteen digits", "<p>陕公网安备 61019002002271号</p>", &["psb 陕公网安备61019002002271号 none"]),
    (
        "police, number in the next element",
        "<div>鲁公网安备\n\t\t<span>37020202000341号</span></div>",
        &["psb 鲁公网安备37020202000341号 none"],
    ),
    ("police, twelve digits", "<p>京公网安备110105006181号</p>", &["psb 京公网安备110105006181号 legacy none"]),
    ("police, thirteen digits", "<p>浙公网安备3301000000001号</p>", &["psb 浙公网安备3301000000001号 malformed none"]),
    (
        "police, another province",
        "<p>沪公网安备 52038202001416号</p>",
        &["psb 沪公网安备52038202001416号 conflict none"],
    ),
    ("police, ten digits", "<p>粤公网安备 5201314521号</p>", &["psb 粤公网安备 5201314521号 malformed none"]),
    ("police, no letter", "<p>公安机关备案号：43010302000524</p>", &["psb 湘公网安备43010302000524号 malformed none"]),
    ("police, fewer words", "<p>沪公安备：31010102045442号</p>", &["psb 沪公网安备31010102045442号 none"]),
    ("police, wording of one bureau", "<p>郑公备：41010029000130</p>", &["psb 郑公备：41010029000130 malformed none"]),
    (
        "police, digits only in the address",
        "<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=31011502009321'>沪公网安备</a>",
        &["psb 沪公网安备31011502009321号 malformed @attribute retired"],
    ),
    ("police, zeros", "<p>冀公网安备 13010200000000号</p>", &["psb 冀公网安备 13010200000000号 placeholder none"]),
    (
        "letters of Sichuan differ",
        "<p>蜀ICP备13001288号 川公网安备51010402000001号</p>",
        &["icp 蜀ICP备13001288号 none", "psb 川公网安备51010402000001号 none"],
    ),
];

const LINKS: &[Shape] = &[
    (
        "right, whatever the path",
        "<a href='https://beian.miit.gov.cn/#/Integrated/index'>陕ICP备05000001号</a>",
        &["icp 陕ICP备05000001号 right"],
    ),
    (
        "right, blank at the end",
        "<a href='//beian.miit.gov.cn '>陕ICP备05000001号</a>",
        &["icp 陕ICP备05000001号 right"],
    ),
    ("retired", "<a href='http://www.miitbeian.gov.cn'>陕ICP备05000001号</a>", &["icp 陕ICP备05000001号 retired"]),
    ("dead", "<a href='#'>陕ICP备05000001号</a>", &["icp 陕ICP备05000001号 dead"]),
    (
        "the other service",
        "<a href='http://www.beian.gov.cn/'>陕ICP备05000001号</a>",
        &["icp 陕ICP备05000001号 other_service"],
    ),
    ("another host", "<a href='https://icp.example.com/'>陕ICP备05000001号</a>", &["icp 陕ICP备05000001号 other_host"]),
    (
        "police, with the code",
        "<a href='https://beian.mps.gov.cn/#/query/webSearch?code=61080002000001'>陕公网安备61080002000001号</a>",
        &["psb 陕公网安备61080002000001号 right"],
    ),
    (
        "police, without the code",
        "<a href='https://beian.mps.gov.cn/'>陕公网安备61080002000001号</a>",
        &["psb 陕公网安备61080002000001号 no_code"],
    ),
    (
        "police, another code",
        "<a href='https://beian.mps.gov.cn/#/query/webSearch?code=61080002000002'>陕公网安备61080002000001号</a>",
        &["psb 陕公网安备61080002000001号 differs"],
    ),
    (
        "address in an attribute of its own",
        "<a href='javascript:;' url='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=31023002000215'>沪公网安备31023002000215号</a>",
        &["psb 沪公网安备31023002000215号 retired"],
    ),
    (
        "click handler",
        "<span onclick=\"window.open('https://beian.miit.gov.cn/')\">陕ICP备05000001号</span>",
        &["icp 陕ICP备05000001号 right"],
    ),
];

const PLACES: &[Shape] = &[
    (
        "whole footer in a comment",
        "<p>要闻</p><!--div class=foot><p>陕ICP备05000001号</p></div-->",
        &["icp 陕ICP备05000001号 @comment hidden none"],
    ),
    ("only an alternative text", "<img src=a.png alt='陕ICP备05000001号'>", &["icp 陕ICP备05000001号 @alt none"]),
    (
        "only a title",
        "<a href='https://beian.miit.gov.cn/' title='陕ICP备05000001号'>备案</a>",
        &["icp 陕ICP备05000001号 @title right"],
    ),
    (
        "title that differs from the text",
        "<p title='陕ICP备05000001号'>陕ICP备05000001号-1</p>",
        &["icp 陕ICP备05000001号 @title none", "icp 陕ICP备05000001号-1 none"],
    ),
    ("not displayed", "<p style='display: none'>陕ICP备05000001号</p>", &["icp 陕ICP备05000001号 hidden none"]),
    ("hidden attribute", "<p hidden>陕ICP备05000001号</p>", &["icp 陕ICP备05000001号 hidden none"]),
    (
        "two footers, desktop and phone",
        "<div class=foot>陕ICP备05000001号</div><div class=mfoot>陕ICP备05000001号</div>",
        &["icp 陕ICP备05000001号 none"],
    ),
    (
        "written by a script",
        "<script>document.write('<p>陕ICP备05000001号</p>')</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "written line by line",
        "<script>document.writeln('<p>陕ICP备');document.writeln('05000001号</p>')</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "into an element",
        "<div id=f></div><script>document.getElementById('f').innerHTML = `<i>陕ICP备05000001号</i>`</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "as plain text",
        "<a id=b></a><script>b.innerText=\" 川公网安备51090302000210号 \"</script>",
        &["psb 川公网安备51090302000210号 @script none"],
    ),
    (
        "list joined",
        "<script>var h=['<p>','陕ICP备05000001号'];h.push('</p>');$('#foot').html(h.join(''))</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "returned by a function",
        "<script>function f(){return '<p>陕ICP备05000001号</p>'} $('#foot').append(f())</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "member of an object",
        "<script>var site={icp:'陕ICP备05000001号',a:{b:1}};$('#icp').text(site.icp)</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "inside an arrow function",
        "<script>const init = () => { document.getElementById('f').innerHTML = '陕ICP备05000001号' }; init()</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "percent and character codes",
        "<script>document.write(unescape('%u9655ICP%u5907')+String.fromCharCode(48)+'5000001号')</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "base64",
        "<script>document.write(atob('PHA+6ZmVSUNQ5aSHMDUwMDAwMDHlj7c8L3A+'))</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "text node",
        "<script>var s='陕ICP备05000001号';p.appendChild(document.createTextNode(s))</script>",
        &["icp 陕ICP备05000001号 @script none"],
    ),
    (
        "string nobody is seen to write",
        "<script>app.config({icp:'陕ICP备05000001号'})</script>",
        &["icp 陕ICP备05000001号 @script hidden none"],
    ),
    (
        "markup for another script",
        "<script type='text/x-template' id=t><p>陕ICP备05000001号</p></script>",
        &["icp 陕ICP备05000001号 @script hidden none"],
    ),
    (
        "many units in one script",
        "<script>if(g==1){f.innerHTML='蜀ICP备05000001号 51090302000210'}else{f.innerHTML='蜀ICP备05000002号 51090302000211'}</script>",
        &["icp 蜀ICP备05000001号 @script hidden none", "icp 蜀ICP备05000002号 @script hidden none", "open"],
    ),
    ("commented code", "<script>// document.write('陕ICP备05000001号')</script>", &[]),
];

const UNSEEN: &[Shape] = &[
    ("script file", "<div id=foot></div><script src=/js/foot.js></script>", &["open"]),
    ("script file of an ordinary name", "<p>要闻</p><script src=/js/list.js></script>", &["open"]),
    ("fragment", "<div id=foot></div><script>$('#foot').load('/inc/foot.html')</script>", &["open"]),
    (
        "answer of a server",
        "<div id=foot></div><script>$.get(api+'/foot',function(d){$('#foot').html(d)})</script>",
        &["open"],
    ),
    ("module", "<script type=module>import {foot} from './foot.js'</script>", &["open"]),
    ("loader with a main file", "<script src=/js/require.js data-main=/js/main></script>", &["open"]),
    (
        "script made by a script",
        "<script>var s=document.createElement('script');s.src='/js/x1.js';document.body.appendChild(s)</script>",
        &["open"],
    ),
    (
        "packed script",
        "<p>要闻</p><script>eval(function(p,a,c,k,e,d){return p}('0 1',2,2,'a|b'.split('|'),0,{}))</script>",
        &["open"],
    ),
    ("application shell", "<div id=app></div><script src=/assets/index.3f2a.js></script>", &["open"]),
    ("include left by the server", "<p>要闻</p><!--#include virtual='/foot.html'-->", &["open"]),
    ("include element", "<p>要闻</p><jsp:include page='foot.jsp'/>", &["open"]),
    ("include directive", "<p>要闻</p><%@ include file='foot.jsp' %>", &["open"]),
    ("frame", "<p>要闻</p><iframe src=/foot.html></iframe>", &["open"]),
    ("picture", "<div class=footer><img src=/images/bottom_bg.jpg width=1200 height=120></div>", &["open"]),
    (
        "libraries write no footer",
        "<p>要闻</p><script src=/js/jquery-3.6.0.min.js></script><script src=/js/swiper-bundle.min.js></script>",
        &[],
    ),
];

const BADGES: &[Shape] = &[
    (
        "conac by its own code",
        "<script>document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'%3E%3C/script%3E\"));</script>",
        &["conac script"],
    ),
    (
        "conac as script element",
        "<span id=_ideConac></span><script src='http://dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script>",
        &["conac script"],
    ),
    (
        "conac link with a local picture",
        "<a href='https://bszs.conac.cn/sitename?method=show&id=0123456789ABCDEF0123456789ABCDEF'><img src=/images/red.png></a>",
        &["conac link"],
    ),
    ("conac template attribute", "<div class=j-gov data-setting='{sitecode:6100000017}'></div>", &["conac handler"]),
    (
        "conac picture only",
        "<div class=footer><p>主办：某某局</p><img src=/images/dzjg.png></div>",
        &["conac picture", "sponsor 某某局"],
    ),
    (
        "conac in a comment",
        "<!-- <a href='//bszs.conac.cn/sitename?method=show&id=0123456789ABCDEF0123456789ABCDEF'></a> -->",
        &["conac comment hidden"],
    ),
    (
        "error report by script",
        "<script id=_jiucuo_ sitecode='6100000017' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>",
        &["code 6100000017 jiucuo", "jiucuo script"],
    ),
    (
        "error report, code unquoted",
        "<script id=_jiucuo_ sitecode=2304220006 src=http://pucha.kaipuyun.cn/exposure/jiucuo.js></script>",
        &["code 2304220006 jiucuo", "jiucuo script retired"],
    ),
    (
        "error report by link",
        "<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=6100000017&url=x'><img src=a.png alt='找错'></a>",
        &["code 6100000017 jiucuo", "jiucuo link"],
    ),
    (
        "error report by handler",
        "<img onclick=\"Link('3702000025')\" src=/jc.png alt=找错>",
        &["code 3702000025 jiucuo", "jiucuo handler"],
    ),
    (
        "error report template",
        "<div class=j-jiucuo data-setting='{sitecode:3400000072}'></div>",
        &["code 3400000072 jiucuo", "jiucuo handler"],
    ),
    (
        "error report whose address a script sets",
        "<div class=footer><a class=s><img src=/jiucuo.png></a></div><script>$('.s').attr('href','https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=6100000017&url='+u)</script>",
        &["code 6100000017 jiucuo", "jiucuo picture", "jiucuo link"],
    ),
    (
        "error report, bare picture",
        "<div class=footer><p>主办：某某局</p><img src=/images/jiucuo.png></div>",
        &["jiucuo picture", "sponsor 某某局"],
    ),
    (
        "error report on an address without name",
        "<a href='http://121.43.68.40/exposure/jiucuo.html?site_code=bm17000009'>找错</a>",
        &["code bm17000009 jiucuo", "jiucuo link retired"],
    ),
];

const WORDS: &[Shape] = &[
    ("code with a colon", "<p>网站标识码：6108000001</p>", &["code 6108000001"]),
    ("code glued to its label", "<p>网站标识码6501000002</p>", &["code 6501000002"]),
    ("code behind a blank", "<p>政府网站标识码&nbsp;3702000025</p>", &["code 3702000025"]),
    ("code of a ministry", "<p>网站标识码：bm64130001</p>", &["code bm64130001"]),
    ("code by another label", "<p>网站识别号:1401070001</p>", &["code 1401070001"]),
    ("code of twelve digits", "<p>政府网站标识码：310000000044</p>", &["code 310000000044 bad"]),
    ("code with a zero serial", "<p>网站标识码：1304000000</p>", &["code 1304000000 bad"]),
    (
        "code next to a filing",
        "<p>网站标识码：6108000001<em>陕ICP备05000001号</em></p>",
        &["icp 陕ICP备05000001号 none", "code 6108000001"],
    ),
    (
        "code in the head, attributes turned round",
        "<meta content='6108000001' name='SiteIDCode' /><p>要闻</p>",
        &["code 6108000001 meta hidden"],
    ),
    (
        "no blank between attributes",
        "<meta name=\"SiteIDCode\"content=\"6108000001\"><p>要闻</p>",
        &["code 6108000001 meta hidden"],
    ),
    ("a device's code is none", "<p>设备标识码：6108000001</p>", &[]),
    (
        "sponsor by prefix",
        "<p>主办单位：榆林市人民政府办公室 承办单位：榆林市大数据局</p>",
        &["sponsor 榆林市人民政府办公室"],
    ),
    (
        "sponsor and operator glued",
        "<p>主办单位：省退役军人事务厅承办单位：省烈士纪念设施保护中心</p>",
        &["sponsor 省退役军人事务厅"],
    ),
    ("sponsor by suffix", "<p>榆林市住房和城乡建设局主办 榆林市信息中心承办</p>", &["sponsor 榆林市住房和城乡建设局"]),
    (
        "sponsor whose name holds a role",
        "<p>瑞安市信用瑞安建设领导小组办公室主办</p>",
        &["sponsor 瑞安市信用瑞安建设领导小组办公室"],
    ),
    (
        "two sponsors by suffix",
        "<p>中共某市委 某市人民政府主办 陕ICP备05000001号</p>",
        &["icp 陕ICP备05000001号 none", "sponsor 中共某市委 某市人民政府"],
    ),
    ("sponsor in both forms", "<p>主办：榆林市财政局主办</p>", &["sponsor 榆林市财政局"]),
    ("sponsor split over blocks", "<div><p>主办单位：</p><p>榆林市财政局</p></div>", &["sponsor 榆林市财政局"]),
    ("supervisor is no sponsor", "<p>主管单位：榆林市财政局 版权所有：榆林市</p>", &[]),
    ("sentence of an article", "<p>本次活动由榆林市财政局主办，邀请各界参加。</p>", &[]),
    ("contact by number", "<p>电话：0912-3525000</p>", &["contact"]),
    ("contact by mail address", "<p><a href='mailto:ylszf@yl.gov.cn'>站长</a></p>", &["contact"]),
    ("site map by words", "<p><a href=/wzdt/>网站地图</a></p>", &["sitemap"]),
    ("site map by its address", "<p><a href=/sitemap.html>地图</a></p>", &["sitemap"]),
];

fn lines(html: &str) -> Vec<String> {
    let facts = read(&PageInput {
        bytes: html.as_bytes(),
        url: "https://www.test.gov.cn/zwgk/",
        content_type: Some("text/html; charset=utf-8"),
        fragment: false,
    });
    let marks = &facts.marks;
    let mut out = Vec::new();
    for (name, numbers) in [("icp", &marks.icp), ("psb", &marks.psb)] {
        out.extend(numbers.iter().map(|m| format!("{name} {}", number(m))));
    }
    out.extend(marks.codes.iter().map(code));
    for (name, badges) in [("conac", &marks.conac), ("jiucuo", &marks.jiucuo)] {
        out.extend(badges.iter().map(|b| format!("{name} {}", badge(b))));
    }
    out.extend(marks.sponsor.iter().map(|s| format!("sponsor {}{}", s.value, hidden(s.visible))));
    out.extend(marks.contact.first().map(|_| "contact".to_owned()));
    out.extend(marks.sitemap.first().map(|_| "sitemap".to_owned()));
    out.extend(undecided_alone(&facts).first().map(|_| "open".to_owned()));
    out
}

fn hidden(visible: bool) -> &'static str {
    if visible { "" } else { " hidden" }
}

fn number(mark: &NumberMark) -> String {
    let shown = if mark.normalised.is_empty() { &mark.shown } else { &mark.normalised };
    let kind = match (mark.kind, mark.grade) {
        (NumberKind::Filing, Grade::Valid) => "",
        (NumberKind::Filing, Grade::Impossible) => " impossible",
        (NumberKind::Filing, Grade::ProvinceConflict) => " conflict",
        (NumberKind::Filing, Grade::NotFiling) => " ?",
        (NumberKind::Licence, _) => " licence",
        (NumberKind::Legacy, _) => " legacy",
        (NumberKind::Placeholder, _) => " placeholder",
        (NumberKind::Malformed, _) => " malformed",
    };
    let at = match mark.at {
        Where::Text => "",
        Where::Alt => " @alt",
        Where::Title => " @title",
        Where::Attribute => " @attribute",
        Where::Comment => " @comment",
        Where::Script => " @script",
    };
    let link = match mark.link.grade {
        LinkGrade::Right => "right",
        LinkGrade::Retired => "retired",
        LinkGrade::WrongHost => "other_host",
        LinkGrade::WrongService => "other_service",
        LinkGrade::NoCode => "no_code",
        LinkGrade::CodeDiffers => "differs",
        LinkGrade::Dead => "dead",
        LinkGrade::None => "none",
    };
    format!("{shown}{kind}{at}{} {link}", hidden(mark.visible))
}

fn code(mark: &CodeMark) -> String {
    let origin = match mark.origin {
        CodeOrigin::Printed => "",
        CodeOrigin::Meta => " meta",
        CodeOrigin::Jiucuo => " jiucuo",
    };
    format!("code {}{}{origin}{}", mark.shown, if mark.well_formed { "" } else { " bad" }, hidden(mark.visible))
}

fn badge(badge: &Badge) -> String {
    let form = match badge.form {
        BadgeForm::Script => "script",
        BadgeForm::Link => "link",
        BadgeForm::Handler => "handler",
        BadgeForm::PictureOnly => "picture",
        BadgeForm::Comment => "comment",
    };
    format!("{form}{}{}", if badge.retired_host { " retired" } else { "" }, hidden(badge.visible))
}

fn check(shapes: &[Shape]) {
    let wrong: Vec<String> = shapes
        .iter()
        .filter_map(|(name, html, expected)| {
            let read = lines(html);
            (read != *expected).then(|| format!("{name}\n  expected {expected:?}\n  read     {read:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), shapes.len(), wrong.join("\n"));
}

#[test]
fn numbers_in_every_form() {
    check(NUMBERS);
}

#[test]
fn links_of_numbers() {
    check(LINKS);
}

#[test]
fn places_a_number_stands_in() {
    check(PLACES);
}

#[test]
fn footers_nobody_can_read_are_left_open() {
    check(UNSEEN);
}

#[test]
fn badges_in_every_form() {
    check(BADGES);
}

#[test]
fn codes_sponsors_and_contacts() {
    check(WORDS);
}

#[test]
fn there_is_a_page_for_every_shape() {
    let all = [NUMBERS, LINKS, PLACES, UNSEEN, BADGES, WORDS].concat();
    let names: std::collections::HashSet<&str> = all.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), all.len(), "a name stands twice");
}
