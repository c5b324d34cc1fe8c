// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/tcb.h"

namespace aipg::attest::snp {
namespace {

struct Product {
  std::string_view name;
  Family family;
};

// AMD certifies Bergamo and Siena under Genoa's authorities.
constexpr std::array kProducts{Product{"Milan", Family::milan}, Product{"Genoa", Family::genoa},
                               Product{"Bergamo", Family::genoa}, Product{"Siena", Family::genoa},
                               Product{"Turin", Family::turin}};

// "-B0": a letter and a digit.
bool is_stepping(std::string_view text) {
  return text.size() == 3 && text[0] == '-' && 'A' <= text[1] && text[1] <= 'Z' && '0' <= text[2] && text[2] <= '9';
}

Result<void> check_reserved(const ByteArray<8>& version, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i <= last; ++i) {
    if (version.at(i) != 0) return fail("snp_tcb_reserved", {}, i);
  }
  return {};
}

}  // namespace

std::string_view to_text(Family family) {
  switch (family) {
    case Family::milan:
      return "Milan";
    case Family::genoa:
      return "Genoa";
    case Family::turin:
      return "Turin";
  }
  return {};
}

Result<Family> family_of_cpuid(std::uint8_t family, std::uint8_t model) {
  constexpr std::uint8_t kZen3And4 = 0x19, kZen5 = 0x1a;
  if (family == kZen3And4 && model <= 0x0f) return Family::milan;
  if (family == kZen3And4 && 0x10 <= model && model <= 0x1f) return Family::genoa;
  if (family == kZen3And4 && 0xa0 <= model && model <= 0xaf) return Family::genoa;
  if (family == kZen5 && model <= 0x1f) return Family::turin;
  return fail("snp_family", "cpuid");
}

Result<Family> family_of_product(std::string_view product_name) {
  for (const Product& each : kProducts) {
    if (!product_name.starts_with(each.name)) continue;
    const std::string_view rest = product_name.substr(each.name.size());
    if (rest.empty() || is_stepping(rest)) return each.family;
  }
  return fail("snp_family", "product name");
}

bool Tcb::at_least(const Tcb& other) const {
  return fmc >= other.fmc && boot_loader >= other.boot_loader && tee >= other.tee && snp >= other.snp &&
         microcode >= other.microcode;
}

Result<Tcb> read_tcb(const ByteArray<8>& version, Family family) {
  if (family == Family::turin) {
    AIPG_CHECK(check_reserved(version, 4, 6));
    return Tcb{
        .fmc = version[0], .boot_loader = version[1], .tee = version[2], .snp = version[3], .microcode = version[7]};
  }
  AIPG_CHECK(check_reserved(version, 2, 5));
  return Tcb{.boot_loader = version[0], .tee = version[1], .snp = version[6], .microcode = version[7]};
}

std::string to_text(const Tcb& tcb, Family family) {
  const std::string fmc = family == Family::turin ? "FMC " + std::to_string(tcb.fmc) + ", " : "";
  return fmc + "boot loader " + std::to_string(tcb.boot_loader) + ", TEE " + std::to_string(tcb.tee) + ", SNP " +
         std::to_string(tcb.snp) + ", microcode " + std::to_string(tcb.microcode);
}

}  // namespace aipg::attest::snp
