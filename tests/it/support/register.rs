//! Rows of a register at servers of the test's own.

/// A `[[site]]` of `unit` at `http://host/`.
pub fn row(id: &str, host: &str, unit: &str) -> String {
    format!(
        "\n[[site]]\nid = \"{id}\"\nname = \"试验网站{id}\"\nurl = \"http://{host}/\"\nclass = \"部门\"\nstatus = \"正常运行\"\n\
         sponsor = \"{unit}\"\n"
    )
}
