// SPDX-License-Identifier: Apache-2.0
// TCB info that parses signs a part of its input that begins with its brace and
// ends with it, has its levels in Intel's order, and reads again as the same.
#include <cstdlib>

#include "attest/tdx/tcb_info.h"

namespace {

namespace tdx = aipg::attest::tdx;

void require(bool held) {
  if (!held) std::abort();
}

void require_falling(const std::vector<tdx::IsvLevel>& levels) {
  require(!levels.empty());
  for (std::size_t i = 1; i < levels.size(); ++i) require(levels[i].isv_svn < levels[i - 1].isv_svn);
}

// No later level asks for as much or more than an earlier one: it could never be the first that is reached.
void require_reachable(const std::vector<tdx::TcbLevel>& levels) {
  const auto asks_as_much = [](const auto& a, const auto& b) {
    return std::ranges::equal(a, b, [](std::uint8_t x, std::uint8_t y) { return x >= y; });
  };
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const tdx::TcbLevel &before = levels[i - 1], &after = levels[i];
    require(!(asks_as_much(after.sgx_components, before.sgx_components) && after.pce_svn >= before.pce_svn &&
              asks_as_much(after.tdx_components, before.tdx_components)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  const auto info = tdx::parse_tcb_info(in);
  if (!info) {
    require(info.error().code == aipg::Literal("tcb_info_invalid"));
    return 0;
  }
  const aipg::ByteView part = info->signed_part;
  require(part.data() > in.data() && part.data() + part.size() < in.data() + in.size());
  require(part.front() == '{' && part.back() == '}');
  require(info->window.issue_date <= info->window.next_update);
  require(info->module.has_value() == (info->tee == tdx::Tee::tdx));
  require(!info->levels.empty());
  require_reachable(info->levels);
  for (const tdx::TdxModuleIdentity& module : info->module_identities) require_falling(module.levels);

  const std::string again =
      "{\"signature\":\"" + std::string(128, '0') + "\",\"tcbInfo\":" + std::string(aipg::as_text(part)) + "}";
  const auto reread = tdx::parse_tcb_info(aipg::as_bytes(again));
  require(reread && reread->fmspc == info->fmspc && reread->levels.size() == info->levels.size());
  return 0;
}
