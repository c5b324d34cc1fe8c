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
    Row{"tdx_mrtd", "the guest's image is the one that your policy pins"},
    Row{"tdx_rtmr0", "its firmware configuration is the one that your policy pins"},
    Row{"tdx_rtmr1", "its boot loader and kernel are the ones that your policy pins"},
    Row{"tdx_rtmr2", "its system is the one that your policy pins"},
    Row{"tdx_rtmr3", "what it measured at run time is what your policy pins"},
    Row{"tdx_mrconfigid", "its MRCONFIGID is the one that your policy pins"},
    Row{"tdx_mrowner", "its MROWNER is the one that your policy pins"},
    Row{"tdx_mrownerconfig", "its MROWNERCONFIG is the one that your policy pins"},
    Row{"tdx_mrseam", "the TDX module is on your policy's list"},
    Row{"tdx_tee_tcb_svn", "module and microcode are recent enough for your policy"},
    Row{"tdx_ppid", "the machine is on your policy's list"},
    Row{"tdx_platform_instance", "the platform instance is on your policy's list"},
    Row{"sgx_structure", "the quote has the form that Intel gives it"},
    Row{"sgx_debug", "the enclave cannot be debugged by its host"},
    Row{"sgx_mrenclave", "the enclave is the one that your policy pins"},
    Row{"sgx_mrsigner", "its signer is the one that your policy pins"},
    Row{"sgx_isv_prod_id", "its product is the one that your policy pins"},
    Row{"sgx_isv_svn", "its version is recent enough for your policy"},
    Row{"sgx_report_data", "it reports the data that your policy asks for"},
    Row{"collateral_missing", "what the vendor says about the platform was given"},
    Row{"collateral_stale", "Intel's statements are recent enough for your policy"},
    Row{"tdx_signing_chain", "who signs Intel's statements leads to the quote's root"},
    Row{"tdx_signing_revoked", "who signs Intel's statements is not revoked"},
    Row{"tdx_tcb_info_signature", "Intel signed the TCB info"},
    Row{"tdx_tcb_info_not_yet_valid", "the TCB info had been issued"},
    Row{"tdx_tcb_info_expired", "no newer TCB info was due"},
    Row{"tdx_tcb_info_tee", "the TCB info is for this kind of TEE"},
    Row{"tdx_tcb_info_fmspc", "the TCB info is for this kind of platform"},
    Row{"tdx_tcb_info_pce_id", "the TCB info is for this provisioning enclave"},
    Row{"tdx_qe_identity_signature", "Intel signed the QE identity"},
    Row{"tdx_qe_identity_not_yet_valid", "the QE identity had been issued"},
    Row{"tdx_qe_identity_expired", "no newer QE identity was due"},
    Row{"tdx_qe_identity_tee", "the QE identity is for this kind of TEE"},
    Row{"tdx_evaluation_data_number", "Intel's statements know the TCB recoveries that your policy asks for"},
    Row{"tdx_evaluation_data_mismatch", "TCB info and QE identity are from one TCB recovery"},
    Row{"tdx_root_crl", "the root's revocation list is authentic and current"},
    Row{"tdx_pck_crl", "the PCK revocation list is authentic and current"},
    Row{"tdx_pck_crl_issuer", "the CA beside the PCK revocation list is the quote's"},
    Row{"tdx_pck_revoked", "the platform's certificate is not revoked"},
    Row{"tdx_pck_ca_revoked", "the CA of the platform's certificate is not revoked"},
    Row{"tdx_qe_identity", "the quoting enclave is the one that Intel describes"},
    Row{"tdx_module_identity", "the TDX module is one that Intel describes"},
    Row{"tdx_tcb_status", "what Intel says about the platform's firmware"},
    Row{"tdx_tcb_revoked", "the platform's firmware is not revoked"},
    Row{"tdx_tcb_not_supported", "the platform reaches a level that Intel lists"},
    Row{"tdx_tcb_out_of_date", "the platform's firmware is up to date"},
    Row{"tdx_tcb_configuration", "the platform needs no other configuration"},
    Row{"tdx_tcb_sw_hardening", "the platform needs no mitigation in software"},
    Row{"tdx_tcb_relaunch", "the guest was started under the module that is loaded now"},
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
    Row{"collateral_stale", "fetch the vendor's current collateral"},
    Row{"tdx_tcb_info_expired", "fetch the vendor's current collateral"},
    Row{"tdx_qe_identity_expired", "fetch the vendor's current collateral"},
    Row{"tdx_tcb_info_fmspc", "fetch the TCB info for this platform's FMSPC"},
    Row{"tdx_pck_revoked", "another worker: Intel no longer vouches for this machine"},
    Row{"tdx_tcb_out_of_date", "the operator updates BIOS, microcode and TDX module"},
    Row{"tdx_tcb_revoked", "the operator updates BIOS, microcode and TDX module"},
    Row{"tdx_tcb_not_supported", "the operator updates BIOS, microcode and TDX module"},
    Row{"tdx_tcb_configuration", "the operator changes the configuration that the advisories name"},
    Row{"tdx_tcb_relaunch", "the operator restarts the guest"},
    Row{"chain_root", "evidence under roots that your policy does not name is worth nothing to you"},
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
