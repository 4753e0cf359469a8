//! The simulated city in a process of its own, and an office beside it that patrols with the real program.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::program::{self, Ended, Running, command};

/// A city that serves until dropped.
pub struct City {
    server: Child,
    pub dir: TempDir,
}

impl City {
    pub fn serve(sites: usize, seed: u64) -> City {
        City::serve_with(sites, seed, &[])
    }

    /// As [`City::serve`], with further options of the city.
    pub fn serve_with(sites: usize, seed: u64, options: &[&str]) -> City {
        let dir = tempfile::tempdir().expect("a folder");
        let (sites, seed) = (sites.to_string(), seed.to_string());
        let args = ["demo", "--serve-only", "city", "--sites", sites.as_str(), "--seed", seed.as_str()];
        let mut server = command(dir.path(), args.iter().chain(options))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the city starts");
        let mut first = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut first).expect("it says so");
        assert!(first.contains("模拟城市已启动"), "{first}");
        let city = City { server, dir };
        // Only tests about them pay for a browser and for walks.
        let register = city.register();
        assert!(register.contains("[settings.walk]\npatrol = true"));
        let register = register.replace("[settings.walk]\npatrol = true", "[settings.walk]\npatrol = false");
        city.register_as("targets", &(register + "\n[settings.render]\nmode = \"never\"\n"));
        city
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The register the city wrote.
    pub fn register(&self) -> String {
        std::fs::read_to_string(self.path().join("city/targets.toml")).expect("written by the city")
    }

    /// Writes a changed register beside the first and returns its path below the folder.
    pub fn register_as(&self, name: &str, text: &str) -> String {
        let path = format!("city/{name}.toml");
        std::fs::write(self.path().join(&path), text).expect("a file");
        path
    }

    /// A register whose every site is asked after a pause, so that a patrol takes long enough to be disturbed.
    pub fn slow_register(&self, per_second: &str) -> String {
        let text = self.register();
        assert!(text.contains("sites_in_flight = 64") && text.contains("requests_per_second = 1000.0"));
        let text = text.replace("sites_in_flight = 64", "sites_in_flight = 2");
        self.register_as("slow", &text.replace("per_second = 1000.0", &format!("per_second = {per_second}")))
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Runs the program in the city's folder.
    pub fn run(&self, args: &[&str]) -> Ended {
        program::run(self.path(), args)
    }

    /// Starts the program in the city's folder.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::start(command(self.path(), args))
    }

    /// Runs a whole patrol with the city's own register.
    pub fn patrol(&self, data: &str) -> Ended {
        self.run(&["patrol", "--targets", "city/targets.toml", "--data", data])
    }

    /// Rows of the list as `(site, rule, stage)`, sorted.
    pub fn rows(&self, data: &str) -> Vec<(String, String, String)> {
        let listed =
            self.run(&["problems", "list", "--stage", "全部", "--format", "json", "--data", data]).must(0, &[]);
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let mut rows: Vec<_> = listed.json()["problems"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| (text(&row["site"]["id"]), text(&row["rule"]["id"]), text(&row["stage"])))
            .collect();
        rows.sort();
        rows
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
