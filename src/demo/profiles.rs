//! The table of profiles. A healthy third, a third with planted faults, and a third that only looks faulty.

use super::manner::*;
use super::names::{CITY, CITY_ZONE};
use super::plan::{Role, Scheme, Site};
use super::profile::{Group, Profile, hint, open, suspected};
use crate::evidence::{SiteClass, SiteStatus};

/// Where a rightly closed site sends its visitors: the portal of the city.
fn portal() -> String {
    format!("https://www.{CITY_ZONE}/")
}

fn close(site: &mut Site) {
    site.status = SiteStatus::Closed;
    site.status_days = Some(60);
}

fn close_into_portal(site: &mut Site) {
    close(site);
    site.migrated_to = Some(portal());
}

fn suspend(site: &mut Site, status: SiteStatus) {
    site.status = status;
    site.status_days = Some(3);
}

fn plain(site: &mut Site) {
    site.scheme = Scheme::Http;
}

fn icp(m: &mut Manner) -> &mut Mark {
    m.page.footer.icp.get_or_insert_with(|| Mark { shown: String::new(), href: None })
}

fn psb(m: &mut Manner) -> &mut Mark {
    m.page.footer.psb.get_or_insert_with(|| Mark { shown: String::new(), href: None })
}

/// The same number in all three places a site code is read from.
fn code(m: &mut Manner, code: &str) {
    m.page.footer.code = Some(code.to_owned());
    m.page.footer.jiucuo_code = code.to_owned();
    m.page.label_code = Some(code.to_owned());
}

/// A well-formed number of another site.
fn other_icp(s: &Site) -> String {
    format!("陕ICP备069{:05}号-1", 10_000 + s.index % 90_000)
}

fn other_psb(s: &Site) -> String {
    format!("61990002{:06}", 900_000 + s.index % 100_000)
}

fn block(m: &mut Manner, family: Block) {
    m.web = Web::Block(family);
}

pub(super) static PROFILES: &[Profile] = &[
    // ---- healthy
    Profile::healthy("ok-static", |_, _| {}),
    Profile::healthy("ok-gbk", |m, _| m.page.encoding = Encoding::Gbk),
    Profile::healthy("ok-gb18030-misdeclared", |m, _| m.page.encoding = Encoding::Gb18030AsGb2312),
    Profile::healthy("ok-split-spans", |m, _| m.page.footer.split = true),
    Profile::healthy("ok-spaced", |m, _| m.page.footer.spaced = true),
    Profile::healthy("ok-docwrite", |m, _| m.page.placed = Placed::ScriptFile),
    Profile::healthy("ok-inner-html", |m, _| m.page.placed = Placed::InnerHtml),
    Profile::healthy("ok-inline-docwrite", |m, _| m.page.placed = Placed::InlineScript),
    Profile::healthy("ok-fragment", |m, _| m.page.placed = Placed::Fragment),
    Profile::healthy("ok-frame", |m, _| m.page.placed = Placed::Frame),
    Profile::healthy("ok-meta-refresh", |m, _| m.page.entry = Entry::MetaRefresh),
    Profile::healthy("ok-js-hop", |m, _| m.page.entry = Entry::ScriptHop),
    Profile::healthy("ok-redirect-http-to-https", |m, _| m.plain_open = false).row(plain),
    Profile::healthy("ok-alias", |m, _| m.dns = Dns::Alias),
    Profile::healthy("ok-ten-digit", |_, _| {}).row(|s| {
        s.own.icp = format!("陕ICP备20{:02}9{:05}号-1", 19 + s.index % 5, s.index % 100_000);
        s.row_icp = Some(s.own.icp.clone());
    }),
    // ---- faults: filing
    Profile::fault("icp-missing", Group::Filing, &[open("icp-missing")], |m, _| m.page.footer.icp = None),
    Profile::fault("icp-only-in-comment", Group::Filing, &[open("icp-missing")], |m, s| {
        m.page.footer.icp = None;
        m.page.footer.comment = Some(format!("<a href=\"https://beian.miit.gov.cn/\">{}</a>", s.own.icp));
    }),
    Profile::fault("icp-malformed", Group::Filing, &[open("icp-malformed")], |m, s| {
        let shapes = ["陕ICP备12345678号", "陕ICP备XXXXXXXX号", "陕ICP备00000000号-1"];
        icp(m).shown = shapes[s.index / 3 % shapes.len()].to_owned();
    }),
    Profile::fault("icp-mismatch", Group::Filing, &[open("icp-mismatch")], |m, s| icp(m).shown = other_icp(s)),
    Profile::fault("icp-link-missing", Group::Filing, &[open("icp-link-missing")], |m, _| icp(m).href = None),
    Profile::fault("icp-link-wrong", Group::Filing, &[open("icp-link-wrong")], |m, s| {
        let hosts = ["https://www.beian-chaxun.com/", "https://www.cloudhost.cn/beian", "http://icp.zhanzhang.cn/"];
        icp(m).href = Some(hosts[s.index / 3 % hosts.len()].to_owned());
    }),
    Profile::fault("icp-link-retired", Group::Filing, &[open("icp-link-retired")], |m, s| {
        let hosts = ["http://www.miitbeian.gov.cn/", "http://www.miibeian.gov.cn"];
        icp(m).href = Some(hosts[s.index / 3 % hosts.len()].to_owned());
    }),
    Profile::fault("psb-missing", Group::Filing, &[open("psb-missing")], |m, _| m.page.footer.psb = None),
    Profile::fault("psb-malformed", Group::Filing, &[open("psb-malformed")], |m, s| {
        let shapes = ["陕公网安备 00000000000000号", "陕公网安备 6199000200123号"];
        *psb(m) = Mark {
            shown: shapes[s.index / 3 % shapes.len()].to_owned(),
            href: Some("http://www.beian.gov.cn/portal/registerSystemInfo".to_owned()),
        };
    }),
    Profile::fault("psb-province-conflict", Group::Filing, &[open("psb-province-conflict")], |m, s| {
        let digits = format!("310115020{:05}", s.index % 100_000);
        *psb(m) = Mark { shown: format!("陕公网安备 {digits}号"), href: Some(psb_link(&digits)) };
    })
    .row(|s| s.row_psb = None),
    Profile::fault("psb-mismatch", Group::Filing, &[open("psb-mismatch")], |m, s| {
        let digits = other_psb(s);
        *psb(m) = Mark { shown: format!("陕公网安备 {digits}号"), href: Some(psb_link(&digits)) };
    }),
    Profile::fault("psb-link-missing", Group::Filing, &[open("psb-link-missing")], |m, _| psb(m).href = None),
    Profile::fault("psb-link-wrong", Group::Filing, &[open("psb-link-wrong")], |m, s| {
        psb(m).href = Some(match s.index / 3 % 2 {
            0 => psb_link(&other_psb(s)),
            _ => "https://www.beian-chaxun.com/gongan".to_owned(),
        });
    }),
    // ---- faults: identity
    Profile::fault("site-code-missing", Group::Identity, &[open("site-code-missing")], |m, _| {
        m.page.footer.code = None;
    }),
    Profile::fault("site-code-malformed", Group::Identity, &[open("site-code-malformed")], |m, s| {
        let shapes = ["619900000045", "61990012"];
        code(m, shapes[s.index / 3 % shapes.len()]);
    })
    .row(without_code),
    Profile::fault("site-code-mismatch", Group::Identity, &[open("site-code-mismatch")], |m, s| {
        let other = format!("6198{:06}", 700_000 + s.index % 300_000);
        code(m, &other);
    }),
    Profile::fault("site-code-conflict", Group::Identity, &[open("site-code-conflict")], |m, s| {
        m.page.footer.jiucuo_code = format!("6198{:06}", 700_000 + s.index % 300_000);
    })
    .row(without_code),
    Profile::fault("conac-missing", Group::Identity, &[open("conac-missing")], |m, _| {
        m.page.footer.conac = Conac::None;
    }),
    Profile::fault("error-report-missing", Group::Identity, &[open("error-report-missing")], |m, _| {
        m.page.footer.jiucuo = Jiucuo::None;
    }),
    Profile::fault("error-report-retired", Group::Identity, &[open("error-report-retired")], |m, _| {
        m.page.footer.jiucuo = Jiucuo::Retired;
    }),
    Profile::fault("sponsor-missing", Group::Identity, &[open("sponsor-missing")], |m, _| {
        m.page.footer.sponsor = None;
    }),
    Profile::fault("sponsor-mismatch", Group::Identity, &[suspected("sponsor-mismatch")], |m, _| {
        m.page.footer.sponsor = Some(format!("{CITY}盐务管理局"));
    }),
    Profile::fault("contact-missing", Group::Identity, &[open("contact-missing")], |m, _| {
        m.page.footer.contact = false;
    }),
    Profile::fault("site-label-missing", Group::Identity, &[open("site-label-missing")], |m, _| {
        m.page.label_code = None;
    }),
    Profile::fault("inner-footer-missing", Group::Identity, &[open("inner-mark-missing")], |m, _| {
        m.page.inner = Inner::NoFooter;
    }),
    Profile::fault("article-label-missing", Group::Identity, &[open("article-label-missing")], |m, _| {
        m.page.inner = Inner::NoLabels;
    }),
    Profile::fault("copied-template", Group::Identity, &[open("copied-template")], |m, s| {
        code(m, &format!("6198{:06}", 700_000 + s.index % 300_000));
        m.page.footer.sponsor = Some(format!("{CITY}盐务管理局"));
        icp(m).shown = other_icp(s);
        let digits = other_psb(s);
        *psb(m) = Mark { shown: format!("陕公网安备 {digits}号"), href: Some(psb_link(&digits)) };
    }),
    // ---- faults: domain
    Profile::fault("nonstandard-suffix", Group::Domain, &[open("nonstandard-suffix")], |_, _| {})
        .row(|s| {
            s.host = format!("www.{}-{}.com", s.zone.split('.').next().unwrap_or("yunling"), s.label);
        })
        .lasting(),
    Profile::fault("bare-ip-address", Group::Domain, &[open("bare-ip-address")], |m, _| m.plain_open = true)
        .row(|s| {
            s.scheme = Scheme::Http;
            s.host = s.public_address().to_string();
            s.dialled = true;
        })
        .lasting(),
    Profile::fault("private-address", Group::Domain, &[open("private-address")], |m, _| m.dns = Dns::Mixed)
        .row(|s| s.dialled = true)
        .mended_by(|m, _| m.dns = Dns::Public),
    Profile::fault("nonstandard-port", Group::Domain, &[open("nonstandard-port")], |_, _| {})
        .row(|s| s.port = Some(super::plan::ODD_PORT))
        .lasting(),
    Profile::fault("unlisted-name", Group::Domain, &[open("unlisted-name")], |m, s| {
        m.web = Web::Redirect(format!("https://{}/", s.other(Role::Moved)));
    })
    .row(|s| s.add_host("new", Role::Moved)),
    Profile::fault("unlisted-other-domain", Group::Domain, &[open("unlisted-name")], |m, s| {
        m.web = Web::Redirect(format!("https://{}/", s.other(Role::Moved)));
    })
    .row(|s| s.others.push((format!("www.{}{}-wangzhan.com", s.label, s.index), Role::Moved))),
    Profile::fault("portal-name-form", Group::Domain, &[suspected("portal-name-form")], |_, _| {})
        .row(|s| {
            s.class = SiteClass::Portal;
            s.host = format!("x{}.{}", s.label, s.zone);
        })
        .lasting(),
    Profile::fault("name-without-main", Group::Domain, &[suspected("name-without-main")], |_, _| {})
        .row(|s| list_host(s, format!("www.yl{}{}a.gov.cn", s.label, s.index), Role::Listed))
        .lasting(),
    Profile::fault("listed-nonstandard-suffix", Group::Domain, &[open("listed-nonstandard-suffix")], |_, _| {})
        .row(|s| list_host(s, format!("www.{}{}-zhengwu.com", s.label, s.index), Role::Forward))
        .lasting(),
    Profile::fault("institution-on-gov-name", Group::Domain, &[suspected("institution-on-gov-name")], |_, _| {})
        .row(|s| s.institution = true)
        .lasting(),
    Profile::fault("idle-name-resolving", Group::Domain, &[open("idle-name-resolving")], |m, _| {
        m.idle_alive = true;
    })
    .row(add_idle),
    // ---- faults: liveness
    Profile::fault("unresolvable-name", Group::Liveness, &[suspected("unresolvable-name")], |m, _| {
        m.dns = Dns::NoSuchName;
    }),
    Profile::fault(
        "dangling-alias",
        Group::Liveness,
        &[suspected("dangling-alias"), suspected("unresolvable-name")],
        |m, _| m.dns = Dns::DanglingAlias,
    ),
    Profile::fault("unreachable-server", Group::Liveness, &[suspected("unreachable-server")], |m, _| {
        m.dns = Dns::Deserted;
    }),
    Profile::fault("failed-handshake", Group::Liveness, &[suspected("failed-handshake")], |m, _| m.tls = Tls::Reset),
    Profile::fault("closed-handshake", Group::Liveness, &[suspected("failed-handshake")], |m, _| m.tls = Tls::Close),
    Profile::fault("error-500", Group::Liveness, &[suspected("error-status")], |m, _| m.web = Web::Error(500)),
    Profile::fault("error-404", Group::Liveness, &[suspected("error-status")], |m, _| m.web = Web::Error(404)),
    Profile::fault("error-521", Group::Liveness, &[suspected("error-status")], |m, _| m.web = Web::Error(521)),
    Profile::fault("http-garbage", Group::Liveness, &[suspected("error-status")], |m, _| m.web = Web::Garbage),
    Profile::fault("http-closed", Group::Liveness, &[suspected("error-status")], |m, _| m.web = Web::Close),
    Profile::fault("tls-refuses-all", Group::Liveness, &[suspected("failed-handshake")], |m, _| m.tls = Tls::Refuses),
    Profile::fault(
        "unfiled-on-cloud",
        Group::Liveness,
        &[suspected("unfiled-on-cloud"), suspected("failed-handshake")],
        |m, _| {
            m.tls = Tls::Reset;
            m.plain_open = true;
            block(m, Block::Unfiled);
        },
    ),
    // ---- faults: closed sites
    Profile::fault("closed-still-serving", Group::Closed, &[open("closed-still-serving")], |_, _| {})
        .row(close_into_portal)
        .ends_by_leaving(),
    Profile::fault("closed-rebuilding", Group::Closed, &[open("closed-rebuilding")], |m, _| {
        m.web = Web::Rebuilding;
    })
    .row(close_into_portal)
    .ends_by_leaving(),
    Profile::fault("closed-placeholder", Group::Closed, &[open("closed-placeholder")], |m, _| {
        m.web = Web::ServerDefault;
    })
    .row(close_into_portal)
    .ends_by_leaving(),
    Profile::fault("closed-bare-notice", Group::Closed, &[open("closed-notice-without-target")], |m, _| {
        m.web = Web::BareNotice;
    })
    .row(close_into_portal)
    .mended_by(|m, _| m.web = Web::Notice),
    Profile::fault("closed-notice-overdue", Group::Closed, &[open("closed-notice-overdue")], |m, _| {
        m.web = Web::Notice;
    })
    .row(|s| {
        close_into_portal(s);
        s.until_days = Some(-5);
    })
    .ends_by_leaving(),
    Profile::fault("closed-without-filing", Group::Closed, &[open("closed-without-filing")], |m, _| {
        m.web = Web::BareNotice;
    }),
    Profile::fault("rebuilding-unfiled", Group::Closed, &[suspected("rebuilding-without-filing")], |m, _| {
        m.web = Web::Rebuilding;
    }),
    Profile::fault("pause-unfiled", Group::Closed, &[suspected("rebuilding-without-filing")], |m, _| {
        m.web = Web::Pause;
    }),
    Profile::fault("placeholder-home", Group::Liveness, &[suspected("placeholder-home")], |m, _| {
        m.web = Web::ServerDefault;
    }),
    Profile::fault("suspended-still-serving", Group::Closed, &[suspected("suspended-still-serving")], |_, _| {})
        .row(|s| suspend(s, SiteStatus::Suspended))
        .mended_by(|m, _| m.web = Web::Pause),
    Profile::fault("suspension-overdue", Group::Closed, &[open("suspension-overdue")], |m, _| m.web = Web::Pause)
        .row(|s| {
            suspend(s, SiteStatus::Suspended);
            s.status_days = Some(40);
        })
        .lasting(),
    Profile::fault("suspension-again", Group::Closed, &[open("suspension-again")], |m, _| m.web = Web::Error(503))
        .row(|s| {
            suspend(s, SiteStatus::Suspended);
            s.suspended_days = Some(120);
        })
        .lasting(),
    Profile::fault("maintenance-overdue", Group::Closed, &[suspected("maintenance-overdue")], |m, _| {
        m.web = Web::Rebuilding;
    })
    .row(|s| {
        suspend(s, SiteStatus::Maintenance);
        s.until_days = Some(-1);
    }),
    Profile::fault("closing-overdue", Group::Closed, &[open("closing-overdue")], |_, _| {})
        .row(|s| {
            suspend(s, SiteStatus::Closing);
            s.status_days = Some(200);
            s.migrated_to = Some(portal());
        })
        .lasting(),
    Profile::fault("closed-redirect-astray", Group::Closed, &[open("closed-redirect-astray")], |m, s| {
        m.web = Web::Redirect(format!("https://{}/", s.other(Role::Stray)));
    })
    .row(|s| {
        close_into_portal(s);
        s.others.push((format!("www.{}{}-youxi.com", s.label, s.index), Role::Stray));
    })
    .ends_by_leaving(),
    Profile::fault("closed-name-resolving", Group::Closed, &[open("closed-name-resolving")], |m, _| {
        m.dns = Dns::Deserted;
    })
    .row(close_into_portal)
    .ends_by_leaving(),
    Profile::fault("closed-unmigrated", Group::Closed, &[suspected("content-unmigrated")], |m, _| {
        m.dns = Dns::NoSuchName;
    })
    .row(|s| {
        close_into_portal(s);
        s.former = true;
    })
    .lasting(),
    Profile::fault("closed-all-to-home", Group::Closed, &[suspected("content-unmigrated")], |m, _| {
        m.web = Web::RedirectAll(portal());
    })
    .row(|s| {
        close_into_portal(s);
        s.former = true;
    })
    .lasting(),
    Profile::fault("dead-successor", Group::Closed, &[open("dead-successor")], |m, _| m.dns = Dns::NoSuchName)
        .row(|s| {
            close(s);
            s.add_host("xin", Role::Successor);
            s.migrated_to = Some(format!("https://{}/", s.other(Role::Successor)));
        })
        .mended_by(|m, _| {
            m.dns = Dns::NoSuchName;
            m.successor_alive = true;
        }),
    // ---- faults: certificates
    Profile::fault("expired-certificate", Group::Tls, &[open("expired-certificate")], |m, _| m.tls = Tls::Expired),
    Profile::fault("wrong-host-certificate", Group::Tls, &[open("wrong-host-certificate")], |m, _| {
        m.tls = Tls::WrongHost;
    }),
    Profile::fault("self-signed-certificate", Group::Tls, &[open("self-signed-certificate")], |m, _| {
        m.tls = Tls::SelfSigned;
    }),
    Profile::fault("incomplete-chain", Group::Tls, &[open("incomplete-chain")], |m, _| m.tls = Tls::Incomplete),
    Profile::fault("untrusted-certificate", Group::Tls, &[open("untrusted-certificate")], |m, _| {
        m.tls = Tls::Untrusted;
    }),
    Profile::fault("not-yet-valid-certificate", Group::Tls, &[open("not-yet-valid-certificate")], |m, _| {
        m.tls = Tls::NotYetValid;
    }),
    Profile::fault(
        "expired-wrong-host-certificate",
        Group::Tls,
        &[open("expired-certificate"), open("wrong-host-certificate")],
        |m, _| m.tls = Tls::ExpiredWrongHost,
    ),
    Profile::fault("old-tls-only", Group::Tls, &[open("old-tls-only")], |m, _| m.tls = Tls::Ancient),
    Profile::fault("old-tls-only-without-icp", Group::Tls, &[open("old-tls-only"), open("icp-missing")], |m, _| {
        m.tls = Tls::Ancient;
        m.plain_open = true;
        m.page.footer.icp = None;
    }),
    // ---- faults: links. A patrol of the demonstration does not ask for every link, so a repair would not be seen.
    Profile::fault("dead-home-link", Group::Link, &[suspected("dead-home-link")], |m, _| {
        m.page.extra = Extra::DeadHome;
    })
    .lasting(),
    Profile::fault("dead-internal-link", Group::Link, &[suspected("dead-internal-link")], |m, _| {
        m.page.extra = Extra::DeadInner;
    })
    .lasting(),
    Profile::fault("dead-attachment", Group::Link, &[suspected("dead-attachment")], |m, _| {
        m.page.extra = Extra::DeadAttachment;
    })
    .lasting(),
    Profile::fault("dead-link-soft-404", Group::Link, &[suspected("dead-home-link")], |m, _| {
        m.page.extra = Extra::DeadSoft;
        m.soft_404 = true;
    })
    .lasting(),
    Profile::fault("dead-external-link", Group::Link, &[suspected("dead-external-link")], |m, _| {
        m.page.extra = Extra::DeadName;
    })
    .lasting(),
    // ---- faults: somebody else at work
    Profile::fault("hidden-foreign-links", Group::Security, &[suspected("hidden-foreign-link")], |m, _| {
        m.page.extra = Extra::Lures;
    }),
    Profile::fault(
        "idle-name-gambling",
        Group::Security,
        &[open("idle-name-resolving"), suspected("idle-name-taken-over")],
        |m, _| (m.idle_alive, m.squatter) = (true, Squatter::Gambling),
    )
    .row(add_idle),
    Profile::fault(
        "idle-name-for-sale",
        Group::Security,
        &[open("idle-name-resolving"), suspected("idle-name-taken-over")],
        |m, _| (m.idle_alive, m.squatter) = (true, Squatter::Sale),
    )
    .row(add_idle),
    // ---- look-alikes: links
    Profile::alike("links-folded", |m, _| m.page.extra = Extra::Folded),
    Profile::alike("lottery-office", |m, _| m.page.extra = Extra::Lottery),
    Profile::alike("links-barred", |m, _| m.page.extra = Extra::Barred),
    Profile::alike("links-no-head", |m, _| m.page.extra = Extra::NoHead),
    Profile::alike("links-sent-home", |m, _| m.page.extra = Extra::SentHome),
    // ---- look-alikes: footers
    Profile::alike("foot-group", |m, _| m.page.placed = Placed::GroupScript),
    Profile::alike("foot-vue", |m, _| m.page.placed = Placed::AppShell),
    Profile::alike("foot-comment-copy", |m, _| m.page.placed = Placed::PageAndComment),
    Profile::alike("foot-twice", |m, _| m.page.placed = Placed::Twice),
    Profile::alike("foot-two-numbers", |m, s| {
        m.page.second_icp = Some(format!("{}3", s.own.icp.trim_end_matches('1')))
    }),
    Profile::alike("foot-subject-number", |m, s| icp(m).shown = s.own.icp.trim_end_matches("-1").to_owned()),
    Profile::alike("row-subject-number", |_, _| {})
        .row(|s| s.row_icp = Some(s.own.icp.trim_end_matches("-1").to_owned())),
    Profile::alike("foot-old-police-link", |m, s| {
        psb(m).href = Some(format!("http://www.beian.gov.cn/portal/registerSystemInfo?recordcode={}", s.own.psb));
    })
    .hints(&[hint("psb-link-retired")]),
    Profile::alike("foot-alias-sponsor", |m, s| m.page.footer.sponsor = s.alias.clone()),
    Profile::alike("foot-picture-badge", |m, _| m.page.footer.conac = Conac::PictureOnly)
        .hints(&[hint("conac-picture-only")]),
    Profile::alike("foot-no-sitemap", |m, _| m.page.footer.sitemap = false).hints(&[hint("sitemap-missing")]),
    Profile::alike("foreign-number-in-news", |m, _| m.page.foreign_number = true),
    Profile::alike("closing-in-the-news", |m, _| m.page.closing_news = true),
    Profile::alike("pause-banner", |m, _| m.page.pause_banner = true),
    Profile::alike("grey", |m, _| m.page.grey = true),
    Profile::alike("exit-notice", |m, _| m.page.exit_notice = true),
    // A rule on trial lists nothing.
    Profile::alike("home-stale", |m, _| m.page.stale = true),
    Profile::alike("yearly-report-missing", |m, _| m.page.report = Report::None),
    Profile::alike("report-without-year", |m, _| m.page.report = Report::Entry),
    Profile::alike("false-ipv6-claim", |m, _| m.page.claims_ipv6 = true).hints(&[hint("false-ipv6-claim")]),
    Profile::alike("letters-of-sichuan", |m, s| {
        let digits = s.own.psb.clone();
        *psb(m) = Mark { shown: format!("川公网安备 {digits}号"), href: Some(psb_link(&digits)) };
    })
    .row(|s| {
        s.own.icp = s.own.icp.replace('陕', "蜀");
        s.own.psb = format!("51070002{:06}", 1 + s.index % 900_000);
        s.own.code = format!("5107{:06}", 100_000 + s.index);
        s.id = s.own.code.clone();
        s.row_icp = Some(s.own.icp.clone());
        s.row_psb = Some(format!("川公网安备{}号", s.own.psb));
        s.row_code = Some(s.own.code.clone());
    }),
    Profile::alike("article-print-view", |m, _| m.page.inner = Inner::PrintView),
    Profile::alike("home-entries-only", |m, _| m.page.inner = Inner::EntryHome),
    Profile::alike("inner-foot-script", |m, _| m.page.placed = Placed::ScriptFile),
    // ---- look-alikes: protection devices and load
    Profile::alike("rs412", |m, _| block(m, Block::Rs412)),
    Profile::alike("rs202", |m, _| block(m, Block::Rs202)),
    Profile::alike("rs200-passed", |m, _| m.page.device_traces = true),
    Profile::alike("jsl521", |m, _| block(m, Block::Jsl521)),
    Profile::alike("sl468", |m, _| block(m, Block::Sl468)),
    Profile::alike("cyd403", |m, _| block(m, Block::Cyd403)),
    Profile::alike("ali405", |m, _| block(m, Block::Ali405)),
    Profile::alike("ali-arg1", |m, _| block(m, Block::AliArg1)),
    Profile::alike("hw418", |m, _| block(m, Block::Hw418)),
    Profile::alike("wzws493", |m, _| block(m, Block::Wzws493)),
    Profile::alike("tx403", |m, _| block(m, Block::Tx403)),
    Profile::alike("court449", |m, _| block(m, Block::Court449)),
    Profile::alike("plain403", |m, _| block(m, Block::Plain403)),
    Profile::alike("too-many-requests", |m, _| m.web = Web::TooMany),
    Profile::alike("robots-closed", |m, _| m.robots_closed = true),
    // ---- look-alikes: the line and the machine
    Profile::alike("slow-but-ok", |m, _| m.delay_ms = 300),
    // What only many visits tell: they show in the figures of a week, never in one look.
    Profile::alike("slow14", |m, _| m.lag_ms = 14_000),
    Profile::alike("slow16", |m, _| m.lag_ms = 16_000),
    Profile::alike("flaky4", |m, _| m.bad_hours = 6),
    Profile::alike("flaky6", |m, _| m.bad_hours = 10),
    Profile::alike("flaky-reset", |m, _| m.tls = Tls::ResetOnce),
    Profile::alike("flaky-502", |m, _| m.web = Web::ErrorOnce),
    Profile::alike("tls12", |m, _| m.tls = Tls::Old),
    Profile::alike("tls-rsa-cbc", |m, _| m.tls = Tls::RsaCbc).hints(&[hint("old-suites-only")]),
    Profile::alike("tls-no-renegotiation", |m, _| m.tls = Tls::NoRenegotiation)
        .hints(&[hint("old-suites-only"), hint("unsafe-renegotiation")]),
    Profile::alike("tls-weak-dh", |m, _| m.tls = Tls::WeakDh).hints(&[hint("old-suites-only"), hint("weak-dh-group")]),
    Profile::alike("tlcp-only", |m, _| m.tls = Tls::National).hints(&[hint("national-crypto-only")]),
    Profile::alike("tlcp-plain-open", |m, _| {
        m.tls = Tls::National;
        m.plain_open = true;
    })
    .hints(&[hint("national-crypto-only")]),
    Profile::alike("plain-http-only", |m, _| {
        m.dns = Dns::PlainOnly;
        m.plain_open = true;
    })
    .row(plain)
    .hints(&[hint("no-https")]),
    Profile::alike("expiring-certificate", |m, _| m.tls = Tls::Expiring)
        .hints(&[hint("expiring-certificate-14")])
        .later(&[
            (3, &[open("expiring-certificate-7")]),
            (7, &[open("expiring-certificate-3")]),
            (10, &[open("expired-certificate")]),
        ]),
    Profile::alike("single-name-server", |m, _| m.single_ns = true)
        .row(|s| {
            s.zone = format!("yl{}{}.gov.cn", s.label, s.index);
            s.host = format!("www.{}", s.zone);
        })
        .hints(&[hint("single-name-server")]),
    Profile::alike("soft-404", |m, _| m.soft_404 = true),
    // ---- look-alikes: the register
    Profile::alike("ends-on-listed-name", |m, s| {
        m.web = Web::Redirect(format!("https://{}/", s.other(Role::Listed)));
    })
    .row(|s| {
        s.add_host("portal", Role::Listed);
        let listed = s.other(Role::Listed).to_owned();
        s.domains.push(listed);
    }),
    Profile::alike("second-name-forwards", |_, _| {})
        .row(|s| list_host(s, format!("www.yl{}{}b.gov.cn", s.label, s.index), Role::Forward)),
    Profile::alike("chinese-name-beside", |_, _| {}).row(|s| {
        let name = format!("{}{}", s.sponsor, s.index);
        let ascii = url::quirks::domain_to_ascii(&format!("{name}.政务"));
        list_host(s, ascii, Role::Listed);
    }),
    Profile::alike("idle-name-cancelled", |_, _| {}).row(add_idle),
    Profile::alike("closed-clean", |m, _| m.dns = Dns::NoSuchName).row(close_into_portal),
    Profile::alike("closed-migrated", |m, _| m.web = Web::RedirectAll(portal())).row(|s| {
        close_into_portal(s);
        (s.former, s.migrated) = (true, true);
    }),
    Profile::alike("closed-to-successor", |m, _| m.web = Web::Redirect(portal())).row(close_into_portal),
    Profile::alike("closed-notice", |m, _| m.web = Web::Notice).row(close_into_portal),
    Profile::alike("closed-notice-in-time", |m, _| m.web = Web::Notice).row(|s| {
        close_into_portal(s);
        s.until_days = Some(3000);
    }),
    Profile::alike("maintenance-rebuilding", |m, _| m.web = Web::Rebuilding).row(|s| {
        suspend(s, SiteStatus::Maintenance);
        s.until_days = Some(3000);
    }),
    Profile::alike("suspended-notice", |m, _| m.web = Web::Pause).row(|s| {
        suspend(s, SiteStatus::Suspended);
        s.until_days = Some(3000);
        s.suspended_days = Some(800);
    }),
    Profile::alike("closing-notice", |m, _| m.web = Web::Notice).row(|s| {
        suspend(s, SiteStatus::Closing);
        s.migrated_to = Some(portal());
    }),
    Profile::alike("maintenance-down", |m, _| m.dns = Dns::Deserted).row(|s| suspend(s, SiteStatus::Maintenance)),
    Profile::alike("suspended-503", |m, _| m.web = Web::Error(503))
        .row(|s| suspend(s, SiteStatus::Suspended))
        .later(&[(28, &[open("suspension-overdue")])]),
    Profile::alike("closing-still-serving", |_, _| {}).row(|s| {
        suspend(s, SiteStatus::Closing);
        s.migrated_to = Some(portal());
    }),
];

fn without_code(site: &mut Site) {
    site.row_code = None;
    site.id = format!("yl-{:05}", site.index);
}

fn list_host(site: &mut Site, host: String, role: Role) {
    site.others.push((host.clone(), role));
    site.domains.push(host);
}

fn add_idle(site: &mut Site) {
    site.add_host("old", Role::Idle);
    let idle = site.other(Role::Idle).to_owned();
    site.idle.push(idle);
}

/// The current query page for a 14-digit number.
pub(super) fn psb_link(digits: &str) -> String {
    format!("https://beian.mps.gov.cn/#/query/webSearch?code={digits}")
}
