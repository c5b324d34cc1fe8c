// SPDX-License-Identifier: Apache-2.0
#include "client/core/policy_settings.h"

#include <algorithm>
#include <array>

#include "client/core/policy_forms.h"

namespace aipg::client {
namespace {

using namespace forms;  // NOLINT(google-build-using-namespace): this file is a table of them
using attest::Policy;
using attest::snp::BitRule;
using attest::tdx::TcbStatus;

template <typename T>
using Names = std::pair<T, std::string_view>;

constexpr std::array kLevels{
    Names<attest::Level>{attest::Level::l0, "L0"}, Names<attest::Level>{attest::Level::l1, "L1"},
    Names<attest::Level>{attest::Level::l2, "L2"}, Names<attest::Level>{attest::Level::l3, "L3"}};
constexpr std::array kMethods{Names<attest::GpuMethod>{attest::GpuMethod::local, "local"},
                              Names<attest::GpuMethod>{attest::GpuMethod::nras, "nras"},
                              Names<attest::GpuMethod>{attest::GpuMethod::both, "both"}};
constexpr std::array kFamilies{Names<attest::snp::Family>{attest::snp::Family::milan, "milan"},
                               Names<attest::snp::Family>{attest::snp::Family::genoa, "genoa"},
                               Names<attest::snp::Family>{attest::snp::Family::turin, "turin"}};
constexpr std::array kBitRules{Names<BitRule>{BitRule::any, "any"}, Names<BitRule>{BitRule::set, "set"},
                               Names<BitRule>{BitRule::clear, "clear"}};
// Those that a policy may accept besides UpToDate, in Intel's words.
constexpr std::array kStatuses{
    Names<TcbStatus>{TcbStatus::sw_hardening_needed, "SWHardeningNeeded"},
    Names<TcbStatus>{TcbStatus::configuration_needed, "ConfigurationNeeded"},
    Names<TcbStatus>{TcbStatus::configuration_and_sw_hardening_needed, "ConfigurationAndSWHardeningNeeded"},
    Names<TcbStatus>{TcbStatus::td_relaunch_advised, "TDRelaunchAdvised"},
    Names<TcbStatus>{TcbStatus::td_relaunch_advised_configuration_needed, "TDRelaunchAdvisedConfigurationNeeded"},
    Names<TcbStatus>{TcbStatus::out_of_date, "OutOfDate"},
    Names<TcbStatus>{TcbStatus::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded"}};

template <typename Form, typename Access>
constexpr PolicySetting make(std::string_view key, std::string_view meaning, Access) {
  return {key, meaning, &Form::form,
          [](const PolicyNode& node, Policy& out) { return Form::read(node, Access{}(out)); },
          [](const Policy& policy) { return Form::write(Access{}(policy)); }};
}
// Of the reference values, which a policy may go without.
template <typename Form, typename Access>
constexpr PolicySetting make_reference(std::string_view key, std::string_view meaning, Access) {
  return {
      key, meaning, &Form::form,
      [](const PolicyNode& node, Policy& out) {
        if (!out.reference) out.reference.emplace();
        return Form::read(node, Access{}(*out.reference));
      },
      [](const Policy& policy) { return policy.reference ? Form::write(Access{}(*policy.reference)) : std::nullopt; }};
}
// Where in a policy the value lies.
#define AIPG_AT(member) [](auto& policy) -> auto& { return policy.member; }  // NOLINT(cppcoreguidelines-macro-usage)

using Pin16 = Optional<Digest<16>>;
using Pin32 = Optional<Digest<32>>;
using Pin48 = Optional<Digest<48>>;
using Pin64 = Optional<Digest<64>>;
using Skew = Duration<10>;
using Bit = Name<kBitRules>;
using Minimum = Optional<forms::MinimumTcb>;
using Platforms = List<Digest<16>>;

constexpr std::array kSettings{
    make<Name<kLevels>>("minimum_level", "the lowest level of a worker that is accepted", AIPG_AT(minimum_level)),
    make<Flag>("require_pq", "refuse workers without a post-quantum key", AIPG_AT(require_pq)),
    make<Skew>("clock_skew", "how far a worker's clock may be off", AIPG_AT(clock_skew)),
    make<Pin32>("expected_workload", "the one workload of those vouched for that is accepted",
                AIPG_AT(expected_workload)),
    make<Flag>("paravisor", "quotes and reports come from a paravisor's vTPM", AIPG_AT(paravisor)),

    make<List<Digest<32>>>("machines.platform_id", "machines that somebody accountable vouches for: level L3",
                           AIPG_AT(known_machines)),

    make_reference<Text>("reference.file", "a signed aipg.reference.v1", AIPG_AT(file)),
    make_reference<List<Digest<32>>>("reference.release_keys", "Ed25519 keys whose signatures count",
                                     AIPG_AT(release_keys.keys)),
    make_reference<Number<1, 16>>("reference.quorum", "how many of them it takes", AIPG_AT(release_keys.quorum)),

    make<Age>("intel.maximum_age", "how old TCB info, QE identity and PCK CRL may be",
              AIPG_AT(tdx_collateral.maximum_age)),
    make<Optional<Moment>>("intel.oldest_root_crl", "the root CRL is of this instant or later",
                           AIPG_AT(tdx_collateral.oldest_root_crl)),
    make<Optional<Moment>>("intel.oldest_tcb", "the platform's TCB level is of this instant or later",
                           AIPG_AT(tdx_collateral.oldest_tcb)),
    make<Any<std::uint32_t>>("intel.minimum_evaluation_data_number", "the oldest TCB recovery of Intel's that counts",
                             AIPG_AT(tdx_collateral.minimum_evaluation_data_number)),
    make<List<Name<kStatuses>>>("intel.accepted_tcb", "accepted with a warning, besides UpToDate",
                                AIPG_AT(tdx_tcb.accepted)),

    make<Pin48>("tdx.mrtd", "the guest's image", AIPG_AT(tdx_guest.mrtd)),
    make<Pin48>("tdx.rtmr0", "its firmware configuration", AIPG_AT(tdx_guest.rtmr[0])),
    make<Pin48>("tdx.rtmr1", "its boot loader and kernel", AIPG_AT(tdx_guest.rtmr[1])),
    make<Pin48>("tdx.rtmr2", "its system", AIPG_AT(tdx_guest.rtmr[2])),
    make<Pin48>("tdx.rtmr3", "what it measured at run time", AIPG_AT(tdx_guest.rtmr[3])),
    make<Pin48>("tdx.mrconfigid", "MRCONFIGID", AIPG_AT(tdx_guest.mrconfigid)),
    make<Pin48>("tdx.mrowner", "MROWNER", AIPG_AT(tdx_guest.mrowner)),
    make<Pin48>("tdx.mrownerconfig", "MROWNERCONFIG", AIPG_AT(tdx_guest.mrownerconfig)),
    make<Pin48>("tdx.mrservicetd", "the service TD that is bound; without it, none may be",
                AIPG_AT(tdx_guest.mrservicetd)),
    make<Pin64>("tdx.report_data", "all of REPORTDATA", AIPG_AT(tdx_guest.report_data)),
    make<List<Digest<48>>>("tdx.mrseam", "the TDX modules that are accepted; none listed: any of Intel's",
                           AIPG_AT(tdx_guest.mrseams)),
    make<Pin16>("tdx.minimum_tee_tcb_svn", "each component is at least this", AIPG_AT(tdx_guest.minimum_tee_tcb_svn)),
    make<Optional<Word>>("tdx.allowed_attributes", "the only bits of TDATTRIBUTES that may be set",
                         AIPG_AT(tdx_guest.allowed_attributes)),
    make<Optional<Word>>("tdx.allowed_xfam", "the only bits of XFAM that may be set", AIPG_AT(tdx_guest.allowed_xfam)),
    make<Platforms>("tdx.ppid", "the machines that are accepted; none listed: any", AIPG_AT(tdx_guest.platforms.ppids)),
    make<Platforms>("tdx.platform_instance", "the platform instances that are accepted; none listed: any",
                    AIPG_AT(tdx_guest.platforms.platform_instances)),

    make<Pin32>("sgx.mrenclave", "the enclave", AIPG_AT(sgx_enclave.mrenclave)),
    make<Pin32>("sgx.mrsigner", "who signed it", AIPG_AT(sgx_enclave.mrsigner)),
    make<Optional<Any<std::uint16_t>>>("sgx.isv_prod_id", "its product id", AIPG_AT(sgx_enclave.isv_prod_id)),
    make<Optional<Any<std::uint16_t>>>("sgx.minimum_isv_svn", "its version is at least this",
                                       AIPG_AT(sgx_enclave.minimum_isv_svn)),
    make<Pin64>("sgx.report_data", "all of REPORTDATA", AIPG_AT(sgx_enclave.report_data)),
    make<Platforms>("sgx.ppid", "the machines that are accepted; none listed: any",
                    AIPG_AT(sgx_enclave.platforms.ppids)),
    make<Platforms>("sgx.platform_instance", "the platform instances that are accepted; none listed: any",
                    AIPG_AT(sgx_enclave.platforms.platform_instances)),

    make<Name<kFamilies>>("snp.minimum_family", "the oldest family of processors", AIPG_AT(snp_guest.minimum_family)),
    make<Flag>("snp.vlek_allowed", "a cloud provider's key may sign", AIPG_AT(snp_guest.vlek_allowed)),
    make<Number<0, 3>>("snp.highest_vmpl", "who in the guest may have asked; 0 is the most privileged",
                       AIPG_AT(snp_guest.highest_vmpl)),
    make<Any<std::uint32_t>>("snp.minimum_guest_svn", "GUEST_SVN is at least this",
                             AIPG_AT(snp_guest.minimum_guest_svn)),
    make<Optional<Moment>>("snp.oldest_crl", "AMD's revocation list is of this instant or later",
                           AIPG_AT(snp_guest.oldest_crl)),
    make<Word>("snp.mitigations", "bits that both mitigation vectors have", AIPG_AT(snp_guest.mitigations)),
    make<Pin48>("snp.measurement", "the guest's image", AIPG_AT(snp_guest.measurement)),
    make<Pin32>("snp.host_data", "HOST_DATA", AIPG_AT(snp_guest.host_data)),
    make<Pin64>("snp.report_data", "all of REPORT_DATA", AIPG_AT(snp_guest.report_data)),
    make<Pin48>("snp.id_key_digest", "the key that signed the guest's identity", AIPG_AT(snp_guest.id_key_digest)),
    make<Pin48>("snp.author_key_digest", "the key that signed that key", AIPG_AT(snp_guest.author_key_digest)),
    make<Pin16>("snp.family_id", "FAMILY_ID", AIPG_AT(snp_guest.family_id)),
    make<Pin16>("snp.image_id", "IMAGE_ID", AIPG_AT(snp_guest.image_id)),
    make<Optional<List<Digest<64>>>>("snp.chip_id", "the chips that are accepted; without a list, any",
                                     AIPG_AT(snp_guest.chip_ids)),

    make<Minimum>("snp.minimum_tcb.milan", "the least firmware of this family, and the least at the guest's launch",
                  AIPG_AT(snp_guest.minimum_tcb[0])),
    make<Minimum>("snp.minimum_tcb.genoa", "likewise", AIPG_AT(snp_guest.minimum_tcb[1])),
    make<Minimum>("snp.minimum_tcb.turin", "likewise", AIPG_AT(snp_guest.minimum_tcb[2])),

    make<Bit>("snp.policy.smt", "the guest allows simultaneous multithreading", AIPG_AT(snp_guest.policy.smt)),
    make<Bit>("snp.policy.single_socket", "it asks for one socket", AIPG_AT(snp_guest.policy.single_socket)),
    make<Bit>("snp.policy.cxl", "it allows CXL devices", AIPG_AT(snp_guest.policy.cxl)),
    make<Bit>("snp.policy.aes_256_xts", "it asks for AES-256-XTS", AIPG_AT(snp_guest.policy.aes_256_xts)),
    make<Bit>("snp.policy.rapl_disabled", "it asks for no power readings", AIPG_AT(snp_guest.policy.rapl_disabled)),
    make<Bit>("snp.policy.ciphertext_hiding", "it asks for hidden ciphertexts",
              AIPG_AT(snp_guest.policy.ciphertext_hiding)),
    make<Bit>("snp.policy.page_swap_disabled", "it asks for no page swapping",
              AIPG_AT(snp_guest.policy.page_swap_disabled)),

    make<Bit>("snp.platform.smt", "multithreading is on", AIPG_AT(snp_guest.platform.smt)),
    make<Bit>("snp.platform.tsme", "all memory is encrypted", AIPG_AT(snp_guest.platform.tsme)),
    make<Bit>("snp.platform.ecc", "memory has ECC", AIPG_AT(snp_guest.platform.ecc)),
    make<Bit>("snp.platform.rapl_disabled", "power readings are off", AIPG_AT(snp_guest.platform.rapl_disabled)),
    make<Bit>("snp.platform.ciphertext_hiding", "ciphertexts are hidden",
              AIPG_AT(snp_guest.platform.ciphertext_hiding)),
    make<Bit>("snp.platform.alias_check", "memory modules do not lie about their size",
              AIPG_AT(snp_guest.platform.alias_check)),
    make<Bit>("snp.platform.tio", "trusted I/O is on", AIPG_AT(snp_guest.platform.tio)),

    make<Name<kMethods>>("gpu.method", "who judges a worker's devices: this verifier, NVIDIA's service, or both",
                         AIPG_AT(gpu_method)),
    make<Number<0, 1'000'000>>("gpu.minimum_driver", "the oldest driver branch", AIPG_AT(minimum_driver)),
    make<List<Name<attest::kArchNames>>>(
        "gpu.architectures", "those that are accepted; none listed: all that are known", AIPG_AT(device_architectures)),
    make<Skew>("gpu.ocsp_skew", "how far the clock of NVIDIA's responders may be ahead", AIPG_AT(ocsp_skew)),

    make<Text>("nras.issuer", "the service whose tokens count", AIPG_AT(nras.issuer)),
    make<Duration<24 * 60>>("nras.maximum_age", "how old a token may be", AIPG_AT(nras.max_age)),
    make<Skew>("nras.skew", "how far the service's clock may be ahead", AIPG_AT(nras.skew)),
    make<Optional<Any<std::uint8_t>>>("nras.devices", "exactly so many devices", AIPG_AT(nras.devices)),
    make<List<Certificate>>("nras.intermediates", "who issues the service's keys; none listed: the key list vouches",
                            AIPG_AT(nras.pinned_intermediates)),
};

#undef AIPG_AT

}  // namespace

std::string_view PolicySetting::table() const {
  const std::size_t dot = key.rfind('.');
  return dot == key.npos ? std::string_view() : key.substr(0, dot);
}
std::string_view PolicySetting::name() const { return key.substr(key.rfind('.') + 1); }

std::span<const PolicySetting> policy_settings() { return kSettings; }

const PolicySetting* find_policy_setting(std::string_view key) {
  const auto found = std::ranges::find(kSettings, key, &PolicySetting::key);
  return found == kSettings.end() ? nullptr : &*found;
}

}  // namespace aipg::client
