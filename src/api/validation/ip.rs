//! IP addresses and CIDRs. Models apimachinery `pkg/util/validation/ip.go`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::field::{Error, ErrorList, Path};

/// Reads an address as Kubernetes' legacy fields do: leading zeros in IPv4 are let through. Models ParseIPSloppy.
pub fn parse_sloppy(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut octets = [0_u8; 4];
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4 {
        return None;
    }
    for (octet, part) in octets.iter_mut().zip(parts) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    Some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// Whether the text is an IPv6 address that is not an IPv4 one in disguise. Models IsIPv6String.
pub fn is_ipv6(text: &str) -> bool {
    matches!(parse_sloppy(text), Some(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none())
}

/// Whether two addresses are one of each family. Models IsDualStackIPStrings.
pub fn is_dual_stack(addresses: &[String]) -> bool {
    addresses.iter().any(|a| is_ipv6(a)) && addresses.iter().any(|a| !is_ipv6(a))
}

/// The address as Go prints it.
pub fn canonical(address: IpAddr) -> String {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| v6.to_string(), |v4| v4.to_string()),
        IpAddr::V4(v4) => v4.to_string(),
    }
}

/// Checks an address in a field older than strict checking. Models IsValidIPForLegacyField.
pub fn validate_legacy(value: &str, old: &[String], path: &Path, errors: &mut ErrorList) {
    if old.iter().any(|o| o == value) {
        return;
    }
    match parse_sloppy(value) {
        None => {
            errors.push(Error::invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        }
        Some(IpAddr::V4(_)) if value.parse::<Ipv4Addr>().is_err() => {
            errors.push(Error::invalid(path, value, "must not have leading 0s"));
        }
        Some(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            errors.push(Error::invalid(path, value, "must not be an IPv4-mapped IPv6 address"));
        }
        Some(_) => {}
    }
}

/// An address and the length of its prefix. Models ParseCIDRSloppy.
fn parse_cidr_sloppy(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address = parse_sloppy(address)?;
    if length.is_empty() || length.len() > 9 || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: u32 = length.parse().ok()?;
    let limit = if address.is_ipv4() { 32 } else { 128 };
    (length <= limit).then_some((address, length))
}

fn has_bits_beyond(address: IpAddr, length: u32) -> bool {
    match address {
        IpAddr::V4(v4) => length < 32 && v4.to_bits() << length != 0,
        IpAddr::V6(v6) => length < 128 && v6.to_bits() << length != 0,
    }
}

/// Checks a CIDR in a field older than strict checking. Models IsValidCIDRForLegacyField.
pub fn validate_legacy_cidr(value: &str, old: &[String], path: &Path, errors: &mut ErrorList) {
    if old.iter().any(|o| o == value) {
        return;
    }
    let Some((address, length)) = parse_cidr_sloppy(value) else {
        errors.push(Error::invalid(path, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
        return;
    };
    let (text, digits) = value.split_once('/').unwrap_or_default();
    let zeros = text.parse::<IpAddr>().is_err() || (digits.len() > 1 && digits.starts_with('0'));
    if zeros {
        errors.push(Error::invalid(path, value, "must not have leading 0s in IP or prefix length"));
    } else if matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
        errors.push(Error::invalid(path, value, "must not have an IPv4-mapped IPv6 address"));
    } else if has_bits_beyond(address, length) {
        errors.push(Error::invalid(path, value, "must not have bits set beyond the prefix length"));
    }
}

/// Refuses addresses that no endpoint can have. Models ValidateEndpointIP.
pub fn validate_endpoint(value: &str, path: &Path, errors: &mut ErrorList) {
    let Some(address) = parse_sloppy(value) else {
        errors.push(Error::invalid(path, value, "must be a valid IP address"));
        return;
    };
    let address = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let (link_local, link_local_multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(v6) => (v6.is_unicast_link_local(), v6.segments().first().is_some_and(|s| s & 0xff0f == 0xff02)),
    };
    if address.is_unspecified() {
        errors.push(Error::invalid(path, value, format!("may not be unspecified ({value})")));
    }
    if address.is_loopback() {
        errors.push(Error::invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
    }
    if link_local {
        errors.push(Error::invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
    }
    if link_local_multicast {
        errors.push(Error::invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
    }
}

/// What the server says of an address in an odd but accepted form. Models GetWarningsForIP.
pub fn warning(path: &Path, value: &str) -> Option<String> {
    let address = parse_sloppy(value)?;
    let odd = match address {
        IpAddr::V4(_) => value.parse::<Ipv4Addr>().is_err(),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().is_some(),
    };
    if odd {
        return Some(format!("{path}: non-standard IP address \"{value}\" is invalid: use \"{}\"", canonical(address)));
    }
    (address.is_ipv6() && address.to_string() != value)
        .then(|| format!("{path}: IPv6 address \"{value}\" should be in RFC 5952 canonical format (\"{address}\")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_of(value: &str, check: fn(&str, &[String], &Path, &mut ErrorList)) -> Vec<String> {
        let mut errors = ErrorList::new();
        check(value, &[], &Path::new("ip"), &mut errors);
        errors.into_iter().map(|e| e.detail).collect()
    }

    #[test]
    fn leading_zeros_are_seen() {
        assert!(said_of("10.0.0.1", validate_legacy).is_empty());
        assert_eq!(said_of("10.0.0.01", validate_legacy), ["must not have leading 0s"]);
        assert_eq!(said_of("10.0.0.256", validate_legacy).len(), 1);
        assert_eq!(said_of("::ffff:1.2.3.4", validate_legacy), ["must not be an IPv4-mapped IPv6 address"]);
    }

    #[test]
    fn a_cidr_has_no_host_bits() {
        assert!(said_of("10.244.9.0/24", validate_legacy_cidr).is_empty());
        assert_eq!(said_of("10.244.9.1/24", validate_legacy_cidr), ["must not have bits set beyond the prefix length"]);
        assert!(said_of("0.0.0.0/0", validate_legacy_cidr).is_empty());
        assert!(said_of("10.0.0.1/32", validate_legacy_cidr).is_empty());
    }
}
