use super::*;

fn html(source: &str) -> String {
    read(source).written.iter().map(|w| w.html.as_str()).collect::<Vec<_>>().join("|")
}

#[test]
fn strings_written_into_the_page_are_read() {
    for (source, expected) in [
        (r#"document.write("<p>陕ICP备05000001号</p>");"#, "<p>陕ICP备05000001号</p>"),
        ("document.writeln('a' + \"b\"); document.writeln('c')", "ab|c"),
        ("var s=''; s += '<b>'; s += '网站标识码：6108000001'; document.write(s);", "<b>网站标识码：6108000001"),
        ("document.getElementById('foot').innerHTML = `<i>${name}</i>`; ", "<i></i>"),
        ("var name='榆林'; x.innerHTML = `<i>${name}</i>`", "<i>榆林</i>"),
        (r#"document.write(unescape("%3Cspan id='_ideConac'%3E%3C/span%3E"))"#, "<span id='_ideConac'></span>"),
        ("document.write('\\u9655ICP\\u5907')", "陕ICP备"),
        ("$('#foot').html('<p>x</p>').show()", "<p>x</p>"),
        ("document.write('<p>a', 'b</p>')", "<p>a|b</p>"),
        ("document.write(String.fromCharCode(38485, 0x41))", "陕A"),
        ("document.write('版权所有 ' + new Date().getFullYear() + ' 榆林')", "版权所有  榆林"),
        (
            "document.write('<a href=\"' + (('https:' == document.location.protocol) ? 'https://' : 'http://') + 'x\">')",
            "<a href=\"https://x\">",
        ),
        ("ha.innerText=\" 川公网安备51090302000210号 \"", " 川公网安备51090302000210号 "),
        ("el.insertAdjacentHTML('beforeend', '<p>q</p>')", "<p>q</p>"),
    ] {
        assert_eq!(html(source), expected, "{source}");
        assert!(!read(source).opaque.contains("choice"), "{source}");
    }
}

#[test]
fn comments_and_strings_are_not_code() {
    assert_eq!(html("// document.write('陕ICP备05000001号')"), "");
    assert_eq!(html("/* document.write('a') */ var t = \"document.write('b')\";"), "");
    assert_eq!(html("var r = /document.write('x')/g; document.write('y')"), "y");
    assert_eq!(html("if (false) { document.write('a') } document.write('b')"), "b");
}

#[test]
fn a_script_with_many_footers_lends_none() {
    let group = "if (id == 1) { f.innerHTML = '川ICP备11111111号 51090302000210' } else { f.innerHTML = '川ICP备22222222号 51090302000211' }";
    let reading = read(group);
    assert!(reading.opaque.contains("choice"));
    assert_eq!(reading.written, []);
    let switch =
        "switch(g){case 1: a.innerText='蜀ICP备05000001号';break;case 2: a.innerText='蜀ICP备05000002号';break;}";
    assert!(read(switch).opaque.contains("choice"));
    let ternary = "document.write(g==1 ? '蜀ICP备05000001号' : '蜀ICP备05000002号')";
    assert!(read(ternary).opaque.contains("choice"));
    let same = "if (m) { a.innerHTML='蜀ICP备05000001号' } else { b.innerHTML='<p>蜀ICP备05000001号</p>' }";
    assert!(!read(same).opaque.contains("choice"));
}

#[test]
fn content_that_cannot_be_told_is_opaque_only_where_it_matters() {
    assert!(read("$('#footer').html(data.footer)").opaque.contains("write"));
    assert!(read("document.write('<p>ICP备' + sites[host].icp + '</p>')").opaque.contains("write"));
    assert!(read("$('#weather').html(data.text)").opaque.is_empty());
    assert!(read("document.getElementById('time').innerHTML = now()").opaque.is_empty());
    assert!(read("tab.innerHTML = list[i]; document.write(new Date().toLocaleString())").opaque.is_empty());
    assert!(read("new Vue({el: '#app'})").opaque.contains("shell"));
    assert!(read("$('#foot').load(base + '/foot.html')").opaque.contains("request"));
}

#[test]
fn literal_addresses_are_loads() {
    let urls = |source: &str| read(source).loads.into_iter().map(|l| l.url).collect::<Vec<_>>();
    assert_eq!(urls("$('#foot').load('/foot.html #main')"), ["/foot.html"]);
    assert_eq!(urls("$.ajax({type:'GET', url:'/inc/foot.json', success:f})"), ["/inc/foot.json"]);
    assert_eq!(urls("var x=new XMLHttpRequest(); x.open('GET', 'bottom.html', true)"), ["bottom.html"]);
    assert_eq!(urls("fetch('/a/b.html').then(r=>r.text())"), ["/a/b.html"]);
    assert_eq!(urls("$.get('/counter.jsp?id=1')"), [] as [&str; 0]);
    assert_eq!(urls("map.get('key')"), [] as [&str; 0]);
}

#[test]
fn only_an_unconditional_jump_is_a_hop() {
    let jump = |source: &str| read(source).jump;
    assert_eq!(jump("window.location.href='/index.html'").as_deref(), Some("/index.html"));
    assert_eq!(jump("location.replace(\"main/\");").as_deref(), Some("main/"));
    assert_eq!(jump("location = 'a.html'").as_deref(), Some("a.html"));
    assert_eq!(jump("if (/Mobile/.test(navigator.userAgent)) { location.href='/m/' }"), None);
    assert_eq!(jump("if(isMobile()) location.href='/m/'"), None);
    assert_eq!(jump("function go(){ location.href='/x' }"), None);
    assert_eq!(jump("btn.onclick = function () { window.location.href = '/x' }"), None);
}

#[test]
fn libraries_are_told_from_footer_writers() {
    assert!(known::is_library("https://www.x.gov.cn/js/jquery-3.6.0.min.js"));
    assert!(known::is_library("//hm.baidu.com/hm.js?abc"));
    assert!(!known::is_library("/js/footer-slider.js"));
    assert!(!known::is_library("/js/foot.js") && !known::is_library("/js/common.js"));
    assert!(known::footer_rank("/js/foot.js") < known::footer_rank("/js/common.js"));
    assert!(known::footer_rank("/js/common.js") < known::footer_rank("/js/x.js"));
}

#[test]
fn endless_and_broken_scripts_end() {
    for source in [
        "'",
        "`${",
        "/*",
        "document.write(",
        "document.write('a' +",
        "a=(((((",
        "x.innerHTML=",
        "((((",
        "}}}}",
        "\\",
        "${`",
        "case",
    ] {
        read(source);
        read(&source.repeat(5000));
    }
    let long = format!("var s='{}';document.write(s)", "a".repeat(2_000_000));
    assert_eq!(html(&long).len(), 0, "more than the reader keeps");
    read(&"document.write('x'+".repeat(100_000));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(source in "[a-z'\"`$\\{\\}\\(\\)\\.=\\+/\\*<>;:?,\\\\ \n0-9陕备]{0,200}") {
        read(&source);
    }
}
