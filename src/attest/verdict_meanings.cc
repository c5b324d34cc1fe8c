// SPDX-License-Identifier: Apache-2.0
#include "attest/verdict_meanings.h"

#include <algorithm>
#include <array>

#include "base/result.h"

namespace aipg::attest {
namespace {

struct Row {
  Literal code;
  Literal text;
};

constexpr std::array kMeanings{
    Row{"bundle_structure", "the bundle has its form"},
    Row{"keyset_structure", "the keyset has its form"},
    Row{"manifest_structure", "the manifest has its form"},
    Row{"keyset_not_yet_valid", "its keys have begun"},
    Row{"keyset_expired", "its keys have not ended"},
    Row{"keyset_post_quantum", "it has a post-quantum key"},
    Row{"freshness_path", "made after your nonce"},
    Row{"tdx_structure", "the quote has the form that Intel gives it"},
    Row{"tdx_chain", "its certificates lead to a root you trust"},
    Row{"pck_extension", "the platform is described completely"},
    Row{"tdx_qe_signature", "the platform's key signed the quoting enclave's report"},
    Row{"tdx_qe_binding", "the quoting enclave vouches for the attestation key"},
    Row{"tdx_attestation_key", "the attestation key is a point of its curve"},
    Row{"tdx_quote_signature", "the attestation key signed this quote"},
    Row{"tdx_qe_vendor", "the quoting enclave is Intel's"},
    Row{"tdx_qe_debug", "the quoting enclave cannot be debugged"},
    Row{"tdx_debug", "the guest cannot be debugged by its host"},
    Row{"tdx_attributes_reserved", "no reserved attribute is set"},
    Row{"tdx_migratable", "the guest cannot be moved to another machine"},
    Row{"tdx_sept_ve_disable", "the host cannot take pages away unnoticed"},
    Row{"tdx_xfam", "only known processor features are on"},
    Row{"tdx_mrsignerseam", "the TDX module is signed by Intel"},
    Row{"tdx_seam_attributes", "the TDX module is a production one"},
    Row{"tdx_mrservicetd", "no service TD is bound to the guest"},
    Row{"tdx_report_data", "the quote binds challenge, keyset, workload and devices"},
    Row{"workload_rtmr3", "this manifest is what the guest measured before it ran"},
    Row{"workload_unbound", "image and workload are known as a pair"},
    Row{"workload_not_expected", "it is the workload that your policy pins"},
    Row{"nvidia_structure", "the report has the form that NVIDIA gives it"},
    Row{"nvidia_chain", "its certificates lead to a root you trust"},
    Row{"nvidia_signature", "the device's key signed this report"},
    Row{"nvidia_nonce", "the report was made for this challenge and keyset"},
    Row{"nvidia_fwid", "the running firmware is the one its key is for"},
    Row{"nvidia_driver", "the driver is recent enough"},
    Row{"nvidia_arch", "it is the kind of device that the manifest names"},
    Row{"nvidia_mode", "it is in the mode that the manifest names"},
    Row{"nvidia_device_count", "as many GPUs as the manifest names"},
    Row{"nvidia_device_twice", "each device is shown once"},
    Row{"nvidia_fabric", "every GPU and switch of the fabric is here"},
    Row{"ocsp_good", "a certificate was not revoked"},
    Row{"nras_structure", "the token has the form that NVIDIA gives it"},
    Row{"nras_key", "its key is one of the service's"},
    Row{"nras_key_chain", "that key is certified by an authority you pin"},
    Row{"nras_key_validity", "that key's certificate is valid"},
    Row{"nras_signature", "NVIDIA's service signed it"},
    Row{"nras_version", "its claims are of a known version"},
    Row{"nras_subject", "it is about a platform"},
    Row{"nras_issuer", "it is from the service you name"},
    Row{"nras_not_yet_valid", "its time has begun"},
    Row{"nras_expired", "its time has not ended"},
    Row{"nras_age", "it is recent enough"},
    Row{"nras_nonce", "it was made for this challenge"},
    Row{"nras_submodules", "it names exactly the devices shown"},
    Row{"nras_digest", "it is about these very tokens"},
    Row{"nras_overall", "NVIDIA's overall result is true"},
    Row{"nras_device_count", "as many devices as expected"},
    Row{"nras_device_twice", "each device is shown once"},
    Row{"nras_device_id", "it is an NVIDIA device with an id"},
    Row{"nras_measurements", "NVIDIA found its measurements as they should be"},
    Row{"nras_arch", "NVIDIA found the kind of device that was claimed"},
    Row{"nras_report", "NVIDIA found its report whole, fresh and signed"},
    Row{"nras_fwid", "the running firmware is the one its key is for"},
    Row{"nras_rim", "NVIDIA had reference values for it"},
    Row{"nras_revocation", "NVIDIA found no certificate revoked"},
    Row{"nras_debug", "it cannot be debugged"},
    Row{"nras_secboot", "it booted securely"},
    Row{"nras_warning", "NVIDIA adds no warning"},
    Row{"nras_claim_unknown", "it says nothing that is not known here"},
    Row{"release_revoked", "image and workload were not revoked"},
    Row{"release_over", "the release's time has not ended"},
    Row{"platform_denied", "the network takes this machine"},
    Row{"freshness_epoch", "made in this epoch"},
    Row{"level_below_minimum", "the level is what your policy asks for"},
};

// Never "turn the check off".
constexpr std::array kFixes{
    Row{"nvidia_driver", "the operator updates the driver; nothing on your side"},
    Row{"keyset_expired", "ask for this worker's current evidence"},
    Row{"keyset_not_yet_valid", "compare your clock with the worker's"},
    Row{"keyset_post_quantum", "another worker, or the operator enables X-Wing (suite 2)"},
    Row{"freshness_path", "ask for evidence over a nonce of your own"},
    Row{"workload_unbound", "another worker; or a policy of whoever vouches for this image and workload"},
    Row{"tdx_debug", "the operator starts the guest without debug"},
    Row{"tdx_sept_ve_disable", "the operator starts the guest with SEPT_VE_DISABLE"},
    Row{"chain_root", "evidence under roots that your policy does not name is worth nothing to you"},
    Row{"ocsp_missing", "fetch the answers from NVIDIA; they are good for a day"},
    Row{"ocsp_expired", "fetch the answer again; NVIDIA's are good for a day"},
    Row{"ocsp_revoked", "another worker; its operator asks NVIDIA"},
    Row{"ocsp_on_hold", "another worker; its operator asks NVIDIA"},
    Row{"nras_jwks_missing", "fetch the service's keys of the token's day"},
    Row{"nras_key", "fetch the service's keys of the token's day"},
    Row{"nras_issuer", "ask NVIDIA's production service"},
    Row{"nras_expired", "ask the service for a new token"},
    Row{"nras_age", "ask the service for a new token"},
    Row{"release_revoked", "another worker; its operator updates it"},
    Row{"release_over", "another worker; its operator updates it"},
    Row{"level_below_minimum", "another worker; your policy asks for more than this one can show"},
};

template <std::size_t N>
std::string_view find(const std::array<Row, N>& rows, std::string_view code) {
  const auto found = std::ranges::find_if(rows, [code](const Row& row) { return row.code.view() == code; });
  return found == rows.end() ? std::string_view() : found->text.view();
}

}  // namespace

std::string_view meaning_of(std::string_view code) { return find(kMeanings, code); }
std::string_view fix_for(std::string_view code) { return find(kFixes, code); }

}  // namespace aipg::attest
