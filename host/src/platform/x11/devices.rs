//! Tells a person's hand from a program's: which input devices are real.
//!
//! XInput2 names the device that each event came from. Events made by core XTEST requests come
//! from devices that the server marks as such; everything here that counts as a person's act must
//! come from a device known and not so marked. Two holes stay, and SECURITY.md names them: a
//! program of the same user may press keys in a real device's name by XTEST's device requests,
//! and one with access to uinput may make a keyboard.

use std::collections::HashSet;

use x11rb::protocol::Event;
use x11rb::protocol::xinput::{
    self, ConnectionExt as _, Device, DeviceType, EventMask, XIDeviceInfo, XIEventMask,
};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use super::display::Display;
use crate::platform::PlatformError;

/// The property by which the X server marks its XTEST devices; no client can change it.
const XTEST_PROPERTY: &[u8] = b"XTEST Device";

/// What the X server calls its XTEST devices, should the property ever be missing.
const XTEST_IN_NAME: &[u8] = b"XTEST";

/// The bit of an event's type that says it was sent by a program.
const SEND_EVENT: u8 = 0x80;

/// Checks, once for all windows, that the display can do it.
pub(super) fn check(display: &Display) -> Result<(), PlatformError> {
    display.require(
        xinput::X11_EXTENSION_NAME,
        "the XInput extension",
        "update it, or remove the option that switches XInputExtension off",
    )?;
    // From 2.1 on raw events name their device and are not held back by other programs' grabs.
    let version = display.conn.xinput_xi_query_version(2, 2)?.reply()?;
    if (version.major_version, version.minor_version) < (2, 1) {
        let fix = "update it";
        return Err(PlatformError::Missing {
            what: "XInput 2.1",
            fix,
        });
    }
    Ok(())
}

/// The devices whose events count.
pub(super) struct RealDevices {
    mark: u32,
    real: HashSet<u16>,
}

impl RealDevices {
    /// Reads the list and asks to hear of changes to it, and of `also` from every device
    /// wherever it is pointed (one window and client have one such mask).
    pub(super) fn open(display: &Display, also: XIEventMask) -> Result<Self, PlatformError> {
        check(display)?;
        select(
            display,
            display.root(),
            Device::ALL,
            XIEventMask::HIERARCHY | also,
        )?;
        let mark = display
            .conn
            .intern_atom(false, XTEST_PROPERTY)?
            .reply()?
            .atom;
        let mut devices = Self {
            mark,
            real: HashSet::new(),
        };
        devices.refresh(display)?;
        Ok(devices)
    }

    /// Follows a change of the list; false when the event is something else.
    pub(super) fn note(&mut self, event: &Event, display: &Display) -> Result<bool, PlatformError> {
        if let Event::XinputHierarchy(_) = event {
            self.refresh(display)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.real.is_empty()
    }

    /// Whether an event of that type byte and source device is a person's act.
    pub(super) fn is_real(&self, response_type: u8, source: u16) -> bool {
        response_type & SEND_EVENT == 0 && self.real.contains(&source)
    }

    fn refresh(&mut self, display: &Display) -> Result<(), PlatformError> {
        // Whatever fails below, nothing counts until the list is whole.
        self.real.clear();
        let devices = display
            .conn
            .xinput_xi_query_device(Device::ALL)?
            .reply()?
            .infos;
        let mut real = HashSet::new();
        for device in devices.iter().filter(|device| may_be_real(device)) {
            let (id, mark) = (device.deviceid, self.mark);
            let any = AtomEnum::ANY.into();
            let property = display
                .conn
                .xinput_xi_get_property(id, false, mark, any, 0, 1)?;
            // A device that has gone meanwhile answers with an error, and is not real.
            if property
                .reply()
                .is_ok_and(|property| property.type_ == x11rb::NONE)
            {
                real.insert(id);
            }
        }
        self.real = real;
        Ok(())
    }
}

/// Asks for XInput2 events of one window.
pub(super) fn select(
    display: &Display,
    window: u32,
    device: Device,
    what: XIEventMask,
) -> Result<(), PlatformError> {
    let mask = EventMask {
        deviceid: device.into(),
        mask: vec![what],
    };
    display
        .conn
        .xinput_xi_select_events(window, &[mask])?
        .check()?;
    Ok(())
}

/// Masters only pass on what their slaves do, so an event always has a slave as its source.
fn may_be_real(device: &XIDeviceInfo) -> bool {
    let physical = [
        DeviceType::SLAVE_KEYBOARD,
        DeviceType::SLAVE_POINTER,
        DeviceType::FLOATING_SLAVE, // Grabbed by another program: still a person's.
    ];
    let named_xtest = device
        .name
        .windows(XTEST_IN_NAME.len())
        .any(|part| part == XTEST_IN_NAME);
    physical.contains(&device.type_) && !named_xtest
}
