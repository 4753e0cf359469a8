//! Whole patrols past servers that try to hurt: bounded, recorded as what they are, and nobody else suffers.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use crate::support::city::City;
use crate::support::raw::{Server, hold};
use crate::support::register::row;
use crate::support::{hostile, names};

/// Port the city's register maps `logical` to.
fn mapped(register: &str, logical: &str) -> u16 {
    let mark = format!("\"{logical}\" = ");
    let after = &register[register.find(&mark).expect("a port map") + mark.len()..];
    after.split([',', ' ']).next().and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn hostile_sites_are_bounded_recorded_as_what_they_are_and_hurt_no_other() {
    let city = City::serve(12, 33);
    city.patrol("alone").must(0, &[]);
    let register = city.register();
    let resolver: SocketAddr =
        register.split("resolvers = [\"").nth(1).and_then(|t| t.split('"').next()?.parse().ok()).expect("a resolver");
    let (plain, secure) = (mapped(&register, "80"), mapped(&register, "443"));

    let elsewhere = Server::start(SocketAddr::from(([127, 79, 0, 1], 0)), drop);
    let mut own = BTreeMap::new();
    let mut rows = String::new();
    let mut servers = Vec::new();
    for (i, (name, act)) in hostile::all(elsewhere.at).into_iter().enumerate() {
        let address = Ipv4Addr::new(127, 77, 0, i as u8 + 1);
        let host = format!("www.{name}.gov.cn");
        rows += &row(&format!("h-{name}"), &host, "u00000");
        own.insert(host, address);
        servers.push(Server::start(SocketAddr::from((address, plain)), act));
        // Whoever asks for https meets a handshake that never ends.
        servers.push(Server::start(SocketAddr::from((address, secure)), hold));
    }
    let proxy = names::serve(own, Some(resolver));
    let text = register.replace(&resolver.to_string(), &proxy.to_string());
    let text = text.replace("page_secs = 45", "page_secs = 4").replace("connect_secs = 20", "connect_secs = 2");
    let text = text.replace("site_secs = 180", "site_secs = 12");
    let targets = city.register_as("hostile", &(text + &rows));
    let ended = city.run(&["patrol", "--targets", &targets, "--data", "data"]);
    assert_eq!(ended.code, 4, "most of these sites cannot be judged: {}", ended.err);
    assert_eq!(elsewhere.connections(), 0, "nobody outside the register is contacted");
    let rows = city.rows("data");
    let (hostile, healthy): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(site, ..)| site.starts_with("h-"));
    assert_eq!(healthy, city.rows("alone"), "the sites beside them fare as they do alone");
    for (site, rule, stage) in hostile {
        // Only these two serve a whole page that can be read; theirs really lacks the marks.
        let readable = matches!(site.as_str(), "h-mojibake" | "h-injecting");
        assert!(readable || !rule.ends_with("-missing") || rule == "site-label-missing", "{site} is accused of {rule}");
        assert!(rule != "error-status" || stage == "suspected", "{site} is called dead at first sight");
    }
    let shown = city.run(&["problems", "list", "--stage", "全部", "--data", "data"]);
    assert!(!shown.out.contains('\u{1b}'), "terminal escapes of a page reach nobody's terminal");
}
