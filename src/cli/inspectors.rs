//! `page`: what was read from one page, from a file, an address or standard input.

use std::io::Read;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::args::{ConfigArgs, Format, PageArgs};
use super::{CliError, Exit, Outcome, block_on, print, say, terminal_width};
use crate::clock::Clock;
use crate::crawl;
use crate::evidence::page::{self, Marks, PageFacts, PageInput};
use crate::evidence::{self, Home, Needs, SiteFacts, SiteProfile, Undetermined};
use crate::export::{csv, page_facts};
use crate::fetch::Fetcher;
use crate::register::Register;
use crate::render::Renderer;
use crate::rule::Labels;

/// Bytes taken from a file or standard input.
const FILE_MAX: u64 = 32 * 1024 * 1024;

pub(super) fn page(args: &PageArgs) -> Outcome {
    let labels = super::config::load_rules(args.config.rules.as_deref(), "")?.labels;
    match args.what.as_slice() {
        [what, dir] if what == "score" => score(Path::new(dir)),
        [what] if what.starts_with("http://") || what.starts_with("https://") => from_address(args, what, &labels),
        [what] => from_bytes(args, what, &labels),
        _ => Err(CliError::new(Exit::Usage, "一次只看一个页面；评分请写 xunjian page score 目录。")),
    }
}

fn from_bytes(args: &PageArgs, what: &str, labels: &Labels) -> Outcome {
    let mut bytes = Vec::new();
    if what == "-" {
        std::io::stdin()
            .lock()
            .take(FILE_MAX)
            .read_to_end(&mut bytes)
            .map_err(|e| CliError::file("读取标准输入", Path::new("-"), &e))?;
    } else {
        let path = Path::new(what);
        std::fs::File::open(path)
            .and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes))
            .map_err(|e| CliError::file("读取页面文件", path, &e))?;
    }
    let url = args.url.as_deref().unwrap_or("http://localhost/");
    let content_type = args.content_type.as_deref();
    let script = what.ends_with(".js");
    let facts = if script {
        page::read_script(&bytes, url, content_type, None, url)
    } else {
        page::read(&PageInput { bytes: &bytes, url, content_type, fragment: false })
    };
    // A file stands alone: whatever it leaves to other resources is not decided.
    let undecided: Vec<Undetermined> = evidence::facts::undecided_alone(&facts);
    show(args, &facts, &facts.marks, &undecided, labels)
}

fn from_address(args: &PageArgs, url: &str, labels: &Labels) -> Outcome {
    let register = register_or_default(&args.config)?;
    let known = register.select(url).ok().and_then(|sites| sites.first().map(|s| register.profile(s)));
    let profile = known.unwrap_or_else(|| SiteProfile {
        id: url.to_owned(),
        name: url.to_owned(),
        url: url.to_owned(),
        ..SiteProfile::default()
    });
    let settings = crate::run::fetch_settings(&register).map_err(super::patrol::run_error)?;
    let renderer = Renderer::new(super::config::render_settings(&register, args.render)?, Clock::system());
    block_on(async {
        let fetcher = Fetcher::new(settings, Clock::system())
            .map_err(|e| CliError::new(Exit::Config, format!("网络设置无法使用：{e}。请核对登记表的 [settings]。")))?;
        let needs = Needs { marks: true, ..Needs::default() };
        let cancel = CancellationToken::new();
        let evidence = crawl::look(profile, &needs, &fetcher, Some(&renderer), 1, &cancel).await;
        renderer.close().await;
        if let Some(rendered) = &evidence.rendered {
            say(&page_facts::rendering(rendered, labels));
        }
        let facts = SiteFacts::of(&evidence);
        match &facts.home {
            Home::Page(page) => show(args, page, &facts.marks, &facts.undecided, labels),
            other => {
                let why = page_facts::why_no_page(other, labels);
                print(&format!("没有读到页面：{url}\n原因：{why}")).map(|()| Exit::Incomplete)
            }
        }
    })?
}

/// The register's network settings when there is one; a page can be looked at without.
fn register_or_default(config: &ConfigArgs) -> Result<Register, CliError> {
    if config.targets.exists() {
        return super::config::load_register(config);
    }
    say(&format!("没有找到登记表 {}，按默认网络设置访问。", config.targets.display()));
    Ok(Register::default())
}

fn show(args: &PageArgs, facts: &PageFacts, marks: &Marks, undecided: &[Undetermined], labels: &Labels) -> Outcome {
    let text = match args.format {
        Format::Json => page_facts::json(facts, marks, undecided),
        Format::Ndjson => page_facts::line(facts, marks, undecided),
        Format::Csv => csv::page(&page_facts::rows(facts, marks, undecided, labels)),
        Format::Table => page_facts::text(facts, marks, undecided, labels, terminal_width()),
    };
    print(&text).map(|()| Exit::Done)
}

fn score(dir: &Path) -> Outcome {
    let path = dir.join("labels.jsonl");
    let labels = std::fs::read_to_string(&path).map_err(|e| CliError::file("读取标注文件", &path, &e))?;
    let read = |name: &str| std::fs::read(dir.join(name)).ok();
    print(&page::score::score(&labels, &read).text).map(|()| Exit::Done)
}
