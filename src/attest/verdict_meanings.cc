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
    Row{"snp_structure", "the report has the form that AMD gives it"},
    Row{"snp_certificates", "its certificates belong together"},
    Row{"snp_chain", "its certificates lead to a root you trust"},
    Row{"snp_extension", "the certificate says completely what it is for"},
    Row{"snp_product", "report, certificate and authorities are of one product"},
    Row{"snp_key_kind", "the key is of the kind that the report names"},
    Row{"snp_signature", "the certificate's key signed this report"},
    Row{"snp_reported_tcb", "the certificate is for the firmware that the report names"},
    Row{"snp_chip_id", "the certificate is for the chip that the report is from"},
    Row{"snp_crl", "AMD's revocation list is current and signed"},
    Row{"snp_revoked", "AMD has not revoked the certificate's authority"},
    Row{"snp_policy_reserved", "no reserved policy bit is set"},
    Row{"snp_policy_one", "the policy's fixed bit is set"},
    Row{"snp_debug", "the guest cannot be debugged by its host"},
    Row{"snp_migratable", "the guest cannot be moved to another machine"},
    Row{"snp_migration_agent", "no migration agent belongs to the guest"},
    Row{"snp_host_requested", "the guest itself asked for the report"},
    Row{"snp_vmpl", "the report comes from the guest's highest privilege level"},
    Row{"snp_guest_svn", "the guest's version is recent enough"},
    Row{"snp_family_minimum", "the processor's family is still accepted"},
    Row{"snp_vlek", "the chip's own key signed the report"},
    Row{"snp_chip_key_masked", "the chip is not masked"},
    Row{"snp_committed_tcb", "committed firmware is not newer than what runs"},
    Row{"snp_current_tcb", "reported firmware is not newer than what runs"},
    Row{"snp_provisional", "the firmware is committed"},
    Row{"snp_tcb_minimum", "the firmware is recent enough"},
    Row{"snp_launch_tcb", "the firmware was recent enough when the guest was started"},
    Row{"snp_mitigations", "the mitigations asked for are on"},
    Row{"snp_smt", "simultaneous multithreading is as asked for"},
    Row{"snp_single_socket", "the policy on one socket is as asked for"},
    Row{"snp_cxl", "CXL devices are as asked for"},
    Row{"snp_aes_256_xts", "memory encryption is as asked for"},
    Row{"snp_rapl", "the policy on power readings is as asked for"},
    Row{"snp_ciphertext_hiding", "the policy on hiding ciphertexts is as asked for"},
    Row{"snp_page_swap", "the policy on page swapping is as asked for"},
    Row{"snp_platform_reserved", "no unknown machine setting is on"},
    Row{"snp_platform_smt", "multithreading on the machine is as asked for"},
    Row{"snp_platform_tsme", "transparent memory encryption is as asked for"},
    Row{"snp_platform_ecc", "error-correcting memory is as asked for"},
    Row{"snp_platform_rapl", "power readings on the machine are as asked for"},
    Row{"snp_platform_ciphertext_hiding", "ciphertext hiding on the machine is as asked for"},
    Row{"snp_alias_check", "memory modules were checked for aliases"},
    Row{"snp_platform_tio", "trusted I/O is as asked for"},
    Row{"snp_measurement", "the guest was started from the image you pinned"},
    Row{"snp_host_data", "HOST_DATA is what you pinned"},
    Row{"snp_report_data", "REPORT_DATA is what you expect"},
    Row{"snp_id_key", "the identity key is the one you pinned"},
    Row{"snp_author_key", "the author's key is the one you pinned"},
    Row{"snp_family_id", "FAMILY_ID is what you pinned"},
    Row{"snp_image_id", "IMAGE_ID is what you pinned"},
    Row{"snp_chip_not_listed", "the machine is one of those you listed"},
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
    Row{"snp_debug", "the operator starts the guest without debug"},
    Row{"snp_family_minimum", "another worker: this processor's family is no longer accepted"},
    Row{"snp_provisional", "the operator commits the machine's firmware"},
    Row{"snp_tcb_minimum", "the operator updates the machine's firmware"},
    Row{"snp_alias_check", "the operator updates the machine's firmware, which then checks its memory"},
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
