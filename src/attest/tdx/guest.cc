// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/guest.h"

#include "base/hex.h"

namespace aipg::attest::tdx {
namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t kDebug = bit(0), kSeptVeDisable = bit(28), kMigratable = bit(29);
constexpr std::uint64_t kPks = bit(30), kKeyLocker = bit(31), kPerfmon = bit(63);
constexpr std::uint64_t kKnownAttributes = kDebug | kSeptVeDisable | kMigratable | kPks | kKeyLocker | kPerfmon;
constexpr std::uint64_t kXfamRequired = 0x3, kXfamAllowed = 0x6DBE7;

template <typename Each>
std::string list(const std::vector<Each>& values) {
  std::string out;
  for (const Each& each : values) out += (out.empty() ? "one of " : ", ") + to_hex(each);
  return out;
}

// A pinned value: another one is never accepted.
template <typename Pin>
void check_pin(Literal code, const std::optional<Pin>& pin, ByteView actual, Rules& rules) {
  if (!pin) return;
  rules.require(equal(actual, *pin), code, "not what your policy names", [&] { return compare_bytes(*pin, actual); });
}

bool at_least(ByteView actual, ByteView minimum) {
  return std::ranges::equal(actual, minimum, [](std::uint8_t a, std::uint8_t b) { return a >= b; });
}

void check_attributes(const TdReport& td, Rules& rules) {
  const std::string attributes = "TDATTRIBUTES " + hex_of(td.td_attributes);
  const auto should_be = [&](bool set) { return [set] { return compare_bit(set, !set); }; };
  rules.expect((td.td_attributes & kDebug) == 0, "tdx_debug", "the host can read this guest; " + attributes,
               should_be(false));
  rules.expect((td.td_attributes & ~kKnownAttributes) == 0, "tdx_attributes_reserved", attributes,
               [&] { return compare_reserved(td.td_attributes & ~kKnownAttributes); });
  rules.expect((td.td_attributes & kMigratable) == 0, "tdx_migratable", attributes, should_be(false));
  rules.expect((td.td_attributes & kSeptVeDisable) != 0, "tdx_sept_ve_disable", attributes, should_be(true));
  const bool xfam = (td.xfam & kXfamRequired) == kXfamRequired && (td.xfam & ~kXfamAllowed) == 0;
  rules.expect(xfam, "tdx_xfam", "processor features that are missing or not known", [&] {
    return Compared{"with " + hex_of(kXfamRequired) + ", within " + hex_of(kXfamAllowed), hex_of(td.xfam)};
  });
  rules.expect(all_zero(td.mrsignerseam), "tdx_mrsignerseam", "the TDX module is not signed by Intel",
               [&] { return compare_bytes(crypto::Hash384{}, td.mrsignerseam); });
  rules.expect(all_zero(td.seam_attributes), "tdx_seam_attributes", "the TDX module is not a production one",
               [&] { return compare_bytes(ByteArray<8>{}, td.seam_attributes); });
}

// TD 1.0 knows no service TDs: its quotes say the same as zeros.
void check_service_td(const TdReport& td, const std::optional<crypto::Hash384>& pin, Rules& rules) {
  if (!pin) {
    rules.expect(all_zero(td.mrservicetd), "tdx_mrservicetd", "a service TD is bound to this guest",
                 [&] { return compare_bytes(crypto::Hash384{}, td.mrservicetd); });
    return;
  }
  const Bytes actual = td.mrservicetd.empty() ? Bytes(48) : to_bytes(td.mrservicetd);
  check_pin("tdx_mrservicetd", pin, actual, rules);
}

// Bits outside `allowed`, for a word that a policy narrows.
void check_allowed(Literal code, const std::optional<std::uint64_t>& allowed, std::uint64_t actual, Rules& rules) {
  if (!allowed) return;
  rules.require((actual & ~*allowed) == 0, code, "bits that your policy does not allow",
                [&] { return Compared{"within " + hex_of(*allowed), hex_of(actual)}; });
}

void check_measurements(const TdReport& td, const GuestPins& pins, Rules& rules) {
  check_pin("tdx_mrtd", pins.mrtd, td.mrtd, rules);
  check_pin("tdx_rtmr0", pins.rtmr[0], td.rtmr[0], rules);
  check_pin("tdx_rtmr1", pins.rtmr[1], td.rtmr[1], rules);
  check_pin("tdx_rtmr2", pins.rtmr[2], td.rtmr[2], rules);
  check_pin("tdx_rtmr3", pins.rtmr[3], td.rtmr[3], rules);
  check_pin("tdx_mrconfigid", pins.mrconfigid, td.mrconfigid, rules);
  check_pin("tdx_mrowner", pins.mrowner, td.mrowner, rules);
  check_pin("tdx_mrownerconfig", pins.mrownerconfig, td.mrownerconfig, rules);
  check_pin("tdx_report_data", pins.report_data, td.report_data, rules);
}

void check_module(const TdReport& td, const GuestPins& pins, Rules& rules) {
  if (!pins.mrseams.empty()) {
    const bool listed = std::ranges::any_of(pins.mrseams, [&](const auto& each) { return equal(each, td.mrseam); });
    rules.require(listed, "tdx_mrseam", "your policy does not list this TDX module",
                  [&] { return Compared{list(pins.mrseams), to_hex(td.mrseam)}; });
  }
  if (pins.minimum_tee_tcb_svn) {
    rules.require(at_least(td.tee_tcb_svn, *pins.minimum_tee_tcb_svn), "tdx_tee_tcb_svn",
                  "a component is older than your policy asks for", [&] {
                    return Compared{"each at least " + to_hex(*pins.minimum_tee_tcb_svn), to_hex(td.tee_tcb_svn)};
                  });
  }
}

void check_platform(const PckExtension& platform, const PlatformPins& pins, Rules& rules) {
  if (!pins.ppids.empty()) {
    rules.require(std::ranges::find(pins.ppids, platform.ppid) != pins.ppids.end(), "tdx_ppid",
                  "your policy does not list this machine",
                  [&] { return Compared{list(pins.ppids), to_hex(platform.ppid)}; });
  }
  if (!pins.platform_instances.empty()) {
    const auto& instance = platform.platform_instance;
    const bool listed =
        instance && std::ranges::find(pins.platform_instances, *instance) != pins.platform_instances.end();
    rules.require(listed, "tdx_platform_instance",
                  instance ? "your policy does not list this platform instance" : "the machine names no instance",
                  [&] { return Compared{list(pins.platform_instances), instance ? to_hex(*instance) : "none"}; });
  }
}

}  // namespace

void check_guest(const VerifiedQuote& quote, Rules& rules, const GuestPins& pins) {
  check_attributes(quote.report(), rules);
  check_service_td(quote.report(), pins.mrservicetd, rules);
  check_allowed("tdx_attributes_allowed", pins.allowed_attributes, quote.report().td_attributes, rules);
  check_allowed("tdx_xfam_allowed", pins.allowed_xfam, quote.report().xfam, rules);
  check_measurements(quote.report(), pins, rules);
  check_module(quote.report(), pins, rules);
  check_platform(quote.platform(), pins.platforms, rules);
}

void check_enclave(const VerifiedSgxQuote& quote, Rules& rules, const EnclavePins& pins) {
  const EnclaveReport& enclave = quote.report();
  rules.expect((enclave.flags & kEnclaveDebug) == 0, "sgx_debug",
               "the host can read this enclave; ATTRIBUTES " + to_hex(enclave.attributes),
               [] { return compare_bit(false, true); });
  check_pin("sgx_mrenclave", pins.mrenclave, enclave.mrenclave, rules);
  check_pin("sgx_mrsigner", pins.mrsigner, enclave.mrsigner, rules);
  if (pins.isv_prod_id) {
    rules.require(enclave.isv_prod_id == *pins.isv_prod_id, "sgx_isv_prod_id", "not the product that your policy names",
                  [&] { return compare_numbers(*pins.isv_prod_id, enclave.isv_prod_id); });
  }
  if (pins.minimum_isv_svn) {
    rules.require(enclave.isv_svn >= *pins.minimum_isv_svn, "sgx_isv_svn", "older than your policy asks for",
                  [&] { return compare_minimum(*pins.minimum_isv_svn, enclave.isv_svn); });
  }
  check_pin("sgx_report_data", pins.report_data, enclave.report_data, rules);
  check_platform(quote.platform(), pins.platforms, rules);
}

}  // namespace aipg::attest::tdx
