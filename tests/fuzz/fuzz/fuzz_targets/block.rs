//! Generated blocks on the ISS against revm: the bytes are the decisions of the generator.
#![no_main]

use std::cell::RefCell;

use gasworks_abi::config::Config;
use gasworks_driver::Level;
use gasworks_iss::IssDevice;

thread_local! {
    static DEVICE: RefCell<IssDevice> = RefCell::new(IssDevice::new(Config::SIM, Level::Zero));
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    DEVICE.with_borrow_mut(|device| gasworks_fuzz::parsers::block(bytes, device));
});
