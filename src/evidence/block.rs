//! Recognising the page of a protection device (WAF) in place of the site's own.
