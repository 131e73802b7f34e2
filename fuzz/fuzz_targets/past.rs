#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _taken = headroom_fuzz::past(data);
});
