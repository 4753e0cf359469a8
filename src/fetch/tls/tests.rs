use rustls::pki_types::pem::PemObject;

use super::*;
use crate::evidence::CertFault;

/// RSA-1024 signed with SHA-1 by itself, for www.a.gov.cn, valid for a hundred years.
const WEAK: &str = "-----BEGIN CERTIFICATE-----
MIICJTCCAY6gAwIBAgIUcV5Wkw5yeju/aBL488O4YDks6tIwDQYJKoZIhvcNAQEF
BQAwFzEVMBMGA1UEAwwMd3d3LmEuZ292LmNuMCAXDTI2MTEyNDAzMzczMloYDzIx
MjYxMDMxMDMzNzMyWjAXMRUwEwYDVQQDDAx3d3cuYS5nb3YuY24wgZ8wDQYJKoZI
hvcNAQEBBQADgY0AMIGJAoGBAMF/ewC1bPPu5rdM3K3UoFiJdrRDG2yKazDZIwSC
lqWdvl8pyQlsSWq4GqcFTN50H8TgaBbWzchkNX/sFlZ8uOgglYKIh6syVjHQ3pD5
NpNkp9p7vQyqLWpulSuJPqwUrd5iXwHa+sFBnciB7L30UT42Up18nPcF+/zKdGYQ
bESdAgMBAAGjbDBqMB0GA1UdDgQWBBSLksLE2aSdPEe66RLTGfGZ9CprMTAfBgNV
HSMEGDAWgBSLksLE2aSdPEe66RLTGfGZ9CprMTAPBgNVHRMBAf8EBTADAQH/MBcG
A1UdEQQQMA6CDHd3dy5hLmdvdi5jbjANBgkqhkiG9w0BAQUFAAOBgQAOGVwz2nTN
LPuL27Bzw3NAKDQj61i46m9/1wwI/M0NE7ho1xn9wcN8GVKlhOp1c5TZzydN406I
eMuor+Hr5jOanlZwpDjDYcm9UypArND0f1dRsbGgn0tF4C1fZqqeqcVB48bWX1zm
sIEsDLC+10p7N79XERoC3JoQwiwv5kd5yQ==
-----END CERTIFICATE-----";

/// SM2 signed with SM3 (GM/T 0015), by itself.
const SM2: &str = "-----BEGIN CERTIFICATE-----
MIIBnDCCAUKgAwIBAgIUVpgfG0pRaunQnazgj7gCLaL6Z30wCgYIKoEcz1UBg3Uw
FzEVMBMGA1UEAwwMd3d3LmEuZ292LmNuMB4XDTI2MTEyNDAzMzczMloXDTM2MTEy
MTAzMzczMlowFzEVMBMGA1UEAwwMd3d3LmEuZ292LmNuMFkwEwYHKoZIzj0CAQYI
KoEcz1UBgi0DQgAE2jIhTh2ZuVu4naTCfJxhX2awzGbM1fnWaQY0CONoeWGNHQYH
E1xvFeGyfllPtn5lT/HiQtmi7cIe/rehvAXHYqNsMGowHQYDVR0OBBYEFN3dHeBr
LNqMXFmGNfrCs+UjgHqXMB8GA1UdIwQYMBaAFN3dHeBrLNqMXFmGNfrCs+UjgHqX
MA8GA1UdEwEB/wQFMAMBAf8wFwYDVR0RBBAwDoIMd3d3LmEuZ292LmNuMAoGCCqB
HM9VAYN1A0gAMEUCIDaVHR4WDDOxu8FQg3zsYafqGEGVW2NVYXaBpLRkXK14AiEA
ntJiR4RWsrobKTDIe7sJa6Gd1n1CsEYposrR1icUE2c=
-----END CERTIFICATE-----";

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn verdict(der: &CertificateDer<'_>) -> verify::Verdict {
    let tls = Tls::new(&[]).unwrap();
    let name = ServerName::try_from("www.a.gov.cn").unwrap();
    let at = "2027-01-01T00:00:00Z".parse().unwrap();
    tls.authority.judge(der, &[], &name, at)
}

#[test]
fn weak_keys_and_signatures_are_named_beside_the_rest() {
    let verdict = verdict(&der(WEAK));
    assert_eq!(verdict.faults, [CertFault::SelfSigned, CertFault::WeakKey, CertFault::WeakSignature]);
    assert_eq!((verdict.chain[0].key.as_str(), verdict.chain[0].signature.as_str()), ("RSA-1024", "SHA1-RSA"));
}

#[test]
fn a_certificate_of_national_cryptography_is_read() {
    let verdict = verdict(&der(SM2));
    assert_eq!((verdict.chain[0].key.as_str(), verdict.chain[0].signature.as_str()), ("SM2", "SM3-SM2"));
    assert_eq!(verdict.faults, [CertFault::SelfSigned]);
}

#[test]
fn absurd_certificates_are_read_within_their_limits() {
    use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, SerialNumber, date_time_ymd};
    let key = KeyPair::generate().unwrap();
    let made = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = CertificateParams::new(vec!["www.a.gov.cn".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2028, 1, 1);
        change(&mut params);
        params.self_signed(&key).unwrap().der().clone()
    };
    let nul = CertificateDer::from(
        made(&|_| {})
            .windows(12)
            .position(|w| w == b"www.a.gov.cn")
            .map(|at| {
                let mut bytes = made(&|_| {}).to_vec();
                bytes[at + 5] = 0;
                bytes
            })
            .unwrap(),
    );
    let many: Vec<String> = (0..10_000).map(|n| format!("n{n}.a.gov.cn")).collect();
    let cases: Vec<(CertificateDer<'static>, Vec<CertFault>)> = vec![
        (made(&|p| p.not_after = date_time_ymd(9999, 12, 31)), vec![CertFault::SelfSigned]),
        (made(&|p| p.not_before = date_time_ymd(1950, 1, 1)), vec![CertFault::SelfSigned]),
        (made(&|p| p.distinguished_name = DistinguishedName::new()), vec![CertFault::SelfSigned]),
        (made(&|p| p.serial_number = Some(SerialNumber::from(vec![0xff; 60]))), vec![CertFault::SelfSigned]),
        (
            made(&|p| {
                p.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5; 1 << 20])];
            }),
            vec![CertFault::SelfSigned],
        ),
        (made(&|p| p.distinguished_name.push(DnType::CommonName, "x".repeat(50_000))), vec![CertFault::SelfSigned]),
        (made(&|p| p.subject_alt_names.clear()), vec![CertFault::WrongHost, CertFault::SelfSigned]),
        (nul, vec![CertFault::WrongHost, CertFault::SelfSigned]),
    ];
    for (nth, (der, expected)) in cases.iter().enumerate() {
        assert_eq!(verdict(der).faults, *expected, "case {nth}");
    }
    let wide = CertificateParams::new(many).unwrap().self_signed(&key).unwrap().der().clone();
    let wide = verdict(&wide);
    assert_eq!((wide.chain[0].names.len(), wide.chain[0].names_total), (100, 10_000));
    assert_eq!(verdict(&cases[6].0).notes, [crate::evidence::CertNote::CommonNameOnly]);
    // Readable facts stay small whatever the certificate says.
    assert!(wide.chain[0].subject.len() < 2_000 && verdict(&cases[5].0).chain[0].subject.len() < 2_000);
}

#[test]
fn damaged_certificates_neither_pass_nor_panic() {
    let good = der(WEAK);
    for cut in 0..good.len() {
        let verdict = verdict(&CertificateDer::from(good[..cut].to_vec()));
        assert_eq!((verdict.judged, verdict.faults), (false, vec![CertFault::Malformed]), "cut at {cut}");
    }
    for at in 0..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 0xff;
        assert!(!verdict(&CertificateDer::from(bytes)).faults.is_empty(), "flipped at {at}");
    }
}
