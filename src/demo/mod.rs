//! A simulated city: DNS, TLS and HTTP servers in process, planted faults, virtual days.
//!
//! *Owns*: the city plan and its servers, its register, and the comparison of what was planted with what was found.
//! *May not*: be imported by any stage. *Start reading at* [`City`], then the table in `profiles.rs`.
//!
//! - `plan` says who is who and what is wrong where (pure); `profiles` is the table of kinds of sites.
//! - `manner` is one site on one day; `page` writes its pages; `respond`, `server`, `dns`, `pki` act it out.
//! - Everything is on loopback, on free ports, without privileges; names and numbers are fictional.

pub mod canned;
mod city;
pub mod compare;
pub mod dns;
pub mod manner;
pub mod names;
pub mod page;
pub mod pki;
pub mod plan;
pub mod profile;
mod profiles;
mod register;
mod respond;
mod rng;
mod server;
pub mod world;

pub use city::{City, CityOptions};
pub use compare::{Comparison, Found, Planted, compare};
pub use plan::Plan;
pub use profile::{Expected, Kind, Profile, Stage};

use std::path::PathBuf;

/// Why a city could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No free port or address on loopback: the machine's administrator must act.
    #[error("演示城市无法在本机回环地址上打开端口：{0}。请检查可用端口和打开文件数限制（ulimit -n）")]
    Bind(std::io::Error),
    /// A certificate could not be made: a bug of this program.
    #[error("演示城市的证书无法生成：{0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate could not be used: a bug of this program.
    #[error("演示城市的证书无法使用：{0}")]
    Tls(#[from] rustls::Error),
    /// The folder for the register cannot be written: the user must choose another.
    #[error("无法写入 {}：{source}。请换一个可写的目录", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

#[cfg(test)]
mod tests;
