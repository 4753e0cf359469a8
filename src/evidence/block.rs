//! Recognising the page of a protection device (WAF) in place of the site's own.

/// Family of the protection device that answered, by its minimal signs; `None` for pages of the site itself.
pub fn recognise(_status: u16, _headers: &[(String, String)], _body: &[u8]) -> Option<&'static str> {
    None
}
