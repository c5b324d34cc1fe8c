// SPDX-License-Identifier: Apache-2.0
// Which processors a report may be of, and the versions of what their trust
// rests on. A TCB_VERSION is eight bytes whose meaning depends on the family;
// it is a set of components and never a number: of two, neither need be the
// newer. Pure. Errors: snp_tcb_reserved (offset of the byte), snp_family.
// Source: AMD SEV-SNP firmware ABI (56860); FORMATS.md 4.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest::snp {

// In the order in which they came out. Genoa stands for Bergamo and Siena too.
enum class Family : std::uint8_t { milan, genoa, turin };
[[nodiscard]] std::string_view to_text(Family family);  // "Milan"

// CPUID's combined family and model. Error: snp_family.
[[nodiscard]] Result<Family> family_of_cpuid(std::uint8_t family, std::uint8_t model);
// A certificate's productName: "Milan-B0", "Genoa", "Turin". Error: snp_family.
[[nodiscard]] Result<Family> family_of_product(std::string_view product_name);

struct Tcb {
  std::uint8_t fmc = 0;  // Turin only
  std::uint8_t boot_loader = 0, tee = 0, snp = 0, microcode = 0;

  // Every component is at least the other's.
  [[nodiscard]] bool at_least(const Tcb& other) const;
  friend bool operator==(const Tcb&, const Tcb&) = default;
};

// Reserved bytes must be zero.
[[nodiscard]] Result<Tcb> read_tcb(const ByteArray<8>& version, Family family);
// "boot loader 10, TEE 0, SNP 23, microcode 84"; FMC first where the family has it.
[[nodiscard]] std::string to_text(const Tcb& tcb, Family family);

}  // namespace aipg::attest::snp
