use std::process::{Command, Stdio};

use super::super::fixtures::{at, labels, problem};
use super::super::forms::tests::{event, issuer};
use super::*;
use crate::check::Location;
use crate::evidence::{Body, Fetch, Hop, HopKind, SiteProfile, format};

const URL: &str = "https://a.gov.cn/";

/// A look at a page, as it is stored and read back.
fn look(page: &str) -> (String, Cited) {
    let site = SiteProfile { name: "甲网".to_owned(), url: URL.to_owned(), ..SiteProfile::default() };
    let mut evidence = Evidence::new(site, "本机", 1, at("2020-05-05T18:13:00Z"));
    let mut first = Hop::new("http://a.gov.cn/", HopKind::Start);
    (first.status, first.version) = (Some(301), Some("HTTP/1.1".to_owned()));
    first.headers = vec![("location".to_owned(), URL.to_owned())];
    first.address = Some("192.0.2.7:80".to_owned());
    let mut last = Hop::new(URL, HopKind::Location);
    (last.status, last.version) = (Some(200), Some("HTTP/2".to_owned()));
    last.headers = vec![
        ("content-type".to_owned(), "text/html; charset=utf-8".to_owned()),
        ("set-cookie".to_owned(), "JSESSIONID".to_owned()),
        ("transfer-encoding".to_owned(), "chunked".to_owned()),
    ];
    last.body = Some(Body { wire: page.as_bytes().to_vec(), ..Body::default() });
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![first, last], tries: 1 });
    let line = format::to_line(&evidence);
    let read = format::from_line(&line, 1, 1 << 20).unwrap();
    let address = hex(&Sha256::digest(line.as_bytes()));
    (address, Cited::Look(line.into_bytes(), Box::new(read), None))
}

fn source(page: &str) -> Source {
    let quoted = vec![Location::at(URL).quote("某公司")];
    let cited = vec![look(page), ("ab".repeat(32), Cited::Attachment("../../a.exe".to_owned(), b"MZ".to_vec()))];
    Source {
        issuer: issuer(),
        program: "xunjian 0".to_owned(),
        problem: ProblemView { locations: quoted, evidence: cited.iter().map(|c| c.0.clone()).collect(), ..problem(1) },
        events: vec![event("opened", "machine", "2020-05-05T18:30:00Z", "")],
        cited,
        sm3: false,
    }
}

const PAGE: &str = "<html><body><script>alert(1)</script><p>主办：某公司 </p></body></html>";

fn unzip(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    use std::io::Read;
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut file = zip.by_index(i).unwrap();
            let (name, mut bytes) = (file.name().unwrap().to_string(), Vec::new());
            file.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        })
        .collect()
}

#[test]
fn a_bundle_proves_itself_and_is_the_same_every_time() {
    let bundle = build(&source(PAGE), &labels()).unwrap();
    assert_eq!(bundle, build(&source(PAGE), &labels()).unwrap());
    let verified = verify(&bundle.zip).unwrap();
    assert_eq!(verified.sha256, bundle.manifest);
    assert_eq!(verified.manifest.looks[0].address, look(PAGE).0);
    let names: Vec<String> = unzip(&bundle.zip).into_iter().map(|f| f.0).collect();
    for name in
        ["README.html", "problem.json", "looks/01/evidence.json", "looks/01/exchange.warc.gz", "looks/01/page-text.txt"]
    {
        assert!(names.iter().any(|n| n == name), "{name}: {names:?}");
    }
    assert!(names.iter().all(|n| !n.contains("..") && !n.ends_with(".exe")), "{names:?}");
}

#[test]
fn both_digests_stand_side_by_side_where_asked() {
    let bundle = build(&Source { sm3: true, ..source(PAGE) }, &labels()).unwrap();
    assert!(verify(&bundle.zip).unwrap().manifest.files.iter().all(|f| f.sm3.is_some()));
    // GB/T 32905—2016, example 1.
    let sum = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!(hex(&sm3::Sm3::digest(b"abc")), sum);
}

#[test]
fn the_page_to_read_first_marks_the_span_and_holds_nothing_active() {
    let files = unzip(&build(&source(PAGE), &labels()).unwrap().zip);
    let readme = String::from_utf8(files.iter().find(|f| f.0 == "README.html").unwrap().1.clone()).unwrap();
    assert!(readme.contains("<mark>某公司</mark>"), "{readme}");
    assert!(!readme.contains("<script") && !readme.contains("alert(1)"));
    assert!(readme.contains("default-src 'none'") && readme.contains("请求原文不保存"));
}

#[test]
fn what_is_missing_is_said() {
    let mut source = source(PAGE);
    source.cited.push(("cd".repeat(32), Cited::Missing));
    let bundle = build(&source, &labels()).unwrap();
    assert_eq!(bundle.missing, 1);
    assert_eq!(verify(&bundle.zip).unwrap().manifest.missing, ["cd".repeat(32)]);
}

/// The bundle with one member replaced (`None`: left out) or added.
fn changed(bundle: &[u8], name: &str, body: Option<&[u8]>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut files = unzip(bundle);
    files.retain(|f| f.0 != name);
    files.extend(body.map(|b| (name.to_owned(), b.to_vec())));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_changed_bundle_says_which_member() {
    let good = build(&source(PAGE), &labels()).unwrap().zip;
    let faults = |bytes: &[u8]| verify(bytes).unwrap_err();
    let page = "looks/01/page-text.txt".to_owned();
    assert_eq!(faults(&changed(&good, &page, Some(b"x"))), [Fault::Changed(page.clone())]);
    assert_eq!(faults(&changed(&good, &page, None)), [Fault::Absent(page.clone())]);
    assert_eq!(faults(&changed(&good, "more.txt", Some(b"x"))), [Fault::Unlisted("more.txt".to_owned())]);
    assert_eq!(faults(&changed(&good, MANIFEST, Some(b"{"))), [Fault::Manifest]);
    assert_eq!(faults(&changed(&good, MANIFEST, Some(b"{\"v\":9}"))), [Fault::Newer(9)]);
    assert_eq!(faults(&good[..good.len() / 2]), [Fault::NotAZip]);
    assert_eq!(faults(b""), [Fault::NotAZip]);
    // The manifest made to fit a changed look: the look no longer stands at its address.
    let mut manifest = verify(&good).unwrap().manifest;
    let entry = manifest.files.iter_mut().find(|f| f.name == "looks/01/evidence.json").unwrap();
    (entry.bytes, entry.sha256) = (1, hex(&Sha256::digest(b"x")));
    let forged = changed(&good, "looks/01/evidence.json", Some(b"x"));
    let forged = changed(&forged, MANIFEST, Some(&serde_json::to_vec(&manifest).unwrap()));
    assert_eq!(faults(&forged), [Fault::Address("looks/01/evidence.json".to_owned())]);
}

#[test]
fn every_flipped_byte_is_found_or_harmless() {
    let good = build(&source(PAGE), &labels()).unwrap().zip;
    let content = |bytes: &[u8]| verify(bytes).ok().map(|v| v.sha256);
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        // Bits of the container that carry no content may differ; what is verified is what was written.
        assert!(content(&bad).is_none_or(|sum| Some(sum) == content(&good)), "byte {at}");
    }
}

/// Read back by the library most archives are read with, when it is installed.
#[test]
fn the_exchanges_are_read_back_by_an_independent_reader() {
    let script = "import sys, json\nfrom warcio.archiveiterator import ArchiveIterator\nout = []\n\
        for r in ArchiveIterator(open(sys.argv[1], 'rb'), check_digests='raise'):\n    \
        out.append([r.rec_type, r.rec_headers.get_header('WARC-Target-URI'), \
        r.http_headers.get_statuscode() if r.http_headers else None, r.content_stream().read().decode('utf-8', 'replace')])\n\
        print(json.dumps(out))";
    let python = |args: &[&str]| Command::new("python3").args(args).stderr(Stdio::null()).output();
    if !python(&["-c", "import warcio"]).is_ok_and(|o| o.status.success()) {
        println!("skipped: python3 with warcio is not installed, so the exchanges were not read by another program");
        return;
    }
    let files = unzip(&build(&source(PAGE), &labels()).unwrap().zip);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exchange.warc.gz");
    std::fs::write(&path, &files.iter().find(|f| f.0.ends_with(".warc.gz")).unwrap().1).unwrap();
    let read = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let records: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!(records[0][0], "warcinfo");
    assert_eq!(records[1], serde_json::json!(["response", "http://a.gov.cn/", "301", ""]));
    assert_eq!(records[2], serde_json::json!(["response", URL, "200", PAGE]));
    assert_eq!(records.as_array().unwrap().len(), 3);
}
