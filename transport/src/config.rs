//! Settings of every QUIC connection, each with its reason. quinn's defaults (no keep-alive, 30 s
//! idle, 10 MB send window, unlimited receive window) are not acceptable here.

use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::limits::{SESSION_IDLE, UDP_PAYLOAD_IPV4};
use farpane_protocol::packet::HEADER_BYTES;
use quinn::{
    AckFrequencyConfig, EndpointConfig, IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt,
};

use crate::congestion::Congestion;

/// Address translators forget a UDP flow after 30 s of silence at the earliest.
const CONTROL_KEEP_ALIVE: Duration = Duration::from_secs(25);
/// Three lost keep-alives.
const CONTROL_IDLE: Duration = Duration::from_secs(75);
/// A control connection carries a few messages; this is all that it may hold in memory.
const CONTROL_WINDOW: u32 = 128 * 1024;
/// Keeps the path open while a viewer is hidden.
const SESSION_KEEP_ALIVE: Duration = Duration::from_secs(5);
/// First guess of the round trip; the default of 333 ms paces the first picture too slowly.
const SESSION_INITIAL_RTT: Duration = Duration::from_millis(50);
/// Most bytes of pictures that may wait in the host: one large keyframe, not a queue.
const SESSION_SEND_WINDOW: u64 = 5 * 1024 * 1024;
/// Most bytes that a peer may have us hold, per stream and in all.
const SESSION_STREAM_WINDOW: u32 = 5 * 1024 * 1024;
const SESSION_WINDOW: u32 = 8 * 1024 * 1024;
/// Most bytes of datagrams that may wait on either side: copies of a few small things.
const SESSION_DATAGRAMS: usize = 16 * 1024;
/// Most pictures and shapes that the host may have open at a time.
const HOST_STREAMS: u32 = 64;
/// The viewer opens one stream for input.
const VIEWER_STREAMS: u32 = 4;
/// Repairs a lost last packet of a picture in about 30 ms instead of 50.
const MAX_ACK_DELAY: Duration = Duration::from_millis(2);

/// Most UDP payload of the end-to-end connection: the port's bound less our header.
const SESSION_MTU: u16 = UDP_PAYLOAD_IPV4 - HEADER_BYTES as u16;
/// What every IPv6 path carries.
const SAFE_MTU: u16 = 1200;

fn idle(span: Duration) -> Option<IdleTimeout> {
    Some(IdleTimeout::try_from(span).expect("our idle times fit"))
}

/// For all our sockets: QUIC keeps its fixed bit, so that our packets can be told from it.
pub(crate) fn endpoint() -> EndpointConfig {
    let mut config = EndpointConfig::default();
    config.grease_quic_bit(false);
    config
}

/// A peer's connection to a relay, on either side.
pub(crate) fn control() -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config
        .keep_alive_interval(Some(CONTROL_KEEP_ALIVE))
        .max_idle_timeout(idle(CONTROL_IDLE))
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(CONTROL_WINDOW))
        .receive_window(VarInt::from_u32(CONTROL_WINDOW))
        .send_window(u64::from(CONTROL_WINDOW))
        .datagram_receive_buffer_size(None)
        .mtu_discovery_config(None);
    Arc::new(config)
}

fn session(congestion: Congestion) -> TransportConfig {
    let mut ack = AckFrequencyConfig::default();
    ack.ack_eliciting_threshold(VarInt::from_u32(1))
        .max_ack_delay(Some(MAX_ACK_DELAY))
        .reordering_threshold(VarInt::from_u32(2));
    let mut config = TransportConfig::default();
    config
        .keep_alive_interval(Some(SESSION_KEEP_ALIVE))
        .max_idle_timeout(idle(SESSION_IDLE))
        .initial_rtt(SESSION_INITIAL_RTT)
        .ack_frequency_config(Some(ack))
        .send_fairness(false)
        .congestion_controller_factory(congestion.factory())
        .stream_receive_window(VarInt::from_u32(SESSION_STREAM_WINDOW))
        .receive_window(VarInt::from_u32(SESSION_WINDOW))
        .send_window(SESSION_SEND_WINDOW)
        .datagram_receive_buffer_size(Some(SESSION_DATAGRAMS))
        .datagram_send_buffer_size(SESSION_DATAGRAMS);
    config
}

/// The host's side of an end-to-end connection: sends pictures, takes one control stream and one
/// stream of input.
pub(crate) fn session_host(congestion: Congestion) -> Arc<TransportConfig> {
    let mut mtu = MtuDiscoveryConfig::default();
    mtu.upper_bound(SESSION_MTU);
    let mut config = session(congestion);
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(VIEWER_STREAMS))
        .initial_mtu(SAFE_MTU)
        .mtu_discovery_config(Some(mtu));
    Arc::new(config)
}

/// The viewer's side: takes pictures and shapes, sends little.
pub(crate) fn session_viewer() -> Arc<TransportConfig> {
    let mut config = session(Congestion::default());
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(HOST_STREAMS))
        .initial_mtu(SAFE_MTU)
        .mtu_discovery_config(None);
    Arc::new(config)
}
