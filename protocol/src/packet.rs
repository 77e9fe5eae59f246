//! The eight bytes before each packet that a relay forwards, and who owns which first byte.
//!
//! `type u8 | flags u8 | channel u48`, big-endian, then one untouched QUIC packet. Types lie in
//! 8..=15, which QUIC, STUN, DTLS and RTP leave free (RFC 7983, RFC 9443), so all of them can
//! share one port.

use crate::ids::ChannelId;

/// Length of the header in bytes.
pub const HEADER_BYTES: usize = 8;

/// What a packet of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType {
    /// A QUIC packet of the end-to-end connection follows.
    Data,
    /// Relay → peer at a new address: an eight-byte nonce to bring back over the control
    /// connection before anything is sent there.
    AddressCheck,
}

impl PacketType {
    const fn byte(self) -> u8 {
        match self {
            Self::Data => 8,
            Self::AddressCheck => 9,
        }
    }
}

/// Whose packet it is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// QUIC with its fixed bit set.
    Quic,
    /// Ours, this type.
    Farpane(PacketType),
    /// Nobody's yet; dropped.
    Nobody,
}

/// Tells whose packet it is.
pub const fn owner(first_byte: u8) -> Owner {
    match first_byte {
        8 => Owner::Farpane(PacketType::Data),
        9 => Owner::Farpane(PacketType::AddressCheck),
        64..=127 | 192..=255 => Owner::Quic,
        _ => Owner::Nobody,
    }
}

/// The header of a packet of this type on this channel.
pub const fn header(kind: PacketType, channel: ChannelId) -> [u8; HEADER_BYTES] {
    let c = channel.to_bytes();
    [kind.byte(), 0, c[0], c[1], c[2], c[3], c[4], c[5]]
}

/// Reads a header; `None` if the packet is not ours or too short. Flags are not looked at: a later
/// version may set them.
pub fn parse(packet: &[u8]) -> Option<(PacketType, ChannelId, &[u8])> {
    let (header, rest) = packet.split_first_chunk::<HEADER_BYTES>()?;
    let Owner::Farpane(kind) = owner(header[0]) else {
        return None;
    };
    let [_, _, channel @ ..] = *header;
    Some((kind, ChannelId::from_bytes(channel), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip_and_quic_is_never_ours() {
        let channel = ChannelId::from_random(0x1234_5678_9abc);
        for kind in [PacketType::Data, PacketType::AddressCheck] {
            let mut packet = header(kind, channel).to_vec();
            packet.push(0x77);
            assert_eq!(parse(&packet), Some((kind, channel, &[0x77][..])));
        }
        for byte in 0..=255u8 {
            let quic = byte & 0x40 != 0;
            assert_eq!(owner(byte) == Owner::Quic, quic, "{byte}");
            assert!(!(quic && parse(&[byte; 20]).is_some()));
        }
        assert_eq!(parse(&[8; 7]), None);
    }
}
