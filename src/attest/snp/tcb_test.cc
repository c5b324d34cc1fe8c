// SPDX-License-Identifier: Apache-2.0
#include "attest/snp/tcb.h"

#include <gtest/gtest.h>

namespace aipg::attest::snp {
namespace {

TEST(SnpTcb, ReadsTheFamilysOwnLayout) {
  const Tcb genoa = *read_tcb({10, 1, 0, 0, 0, 0, 23, 84}, Family::genoa);
  EXPECT_EQ(genoa, (Tcb{.fmc = 0, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 84}));
  EXPECT_EQ(*read_tcb({10, 1, 0, 0, 0, 0, 23, 84}, Family::milan), genoa);
  EXPECT_EQ(*read_tcb({3, 10, 1, 23, 0, 0, 0, 84}, Family::turin),
            (Tcb{.fmc = 3, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 84}));
}

TEST(SnpTcb, RefusesReservedBytes) {
  const auto refused = [](Family family, std::size_t i) {
    ByteArray<8> version{};
    version.at(i) = 1;
    const auto read = read_tcb(version, family);
    if (read) return false;
    EXPECT_EQ(read.error().code, Literal("snp_tcb_reserved"));
    EXPECT_EQ(read.error().offset, i);
    return true;
  };
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(refused(Family::milan, i), 2 <= i && i <= 5) << i;
    EXPECT_EQ(refused(Family::genoa, i), 2 <= i && i <= 5) << i;
    EXPECT_EQ(refused(Family::turin, i), 4 <= i && i <= 6) << i;
  }
}

TEST(SnpTcb, IsAtLeastAnotherOnlyInEveryComponent) {
  const Tcb base{.fmc = 1, .boot_loader = 1, .tee = 1, .snp = 1, .microcode = 1};
  EXPECT_TRUE(base.at_least(base));
  for (std::uint8_t Tcb::* component : {&Tcb::fmc, &Tcb::boot_loader, &Tcb::tee, &Tcb::snp, &Tcb::microcode}) {
    // All others newer, this one older: neither is at least the other.
    Tcb mixed{.fmc = 9, .boot_loader = 9, .tee = 9, .snp = 9, .microcode = 9};
    EXPECT_TRUE(mixed.at_least(base));
    mixed.*component = 0;
    EXPECT_FALSE(mixed.at_least(base));
    EXPECT_FALSE(base.at_least(mixed));
  }
}

TEST(SnpTcb, KnowsFamiliesByCpuidAndByProductName) {
  EXPECT_EQ(*family_of_cpuid(0x19, 0x01), Family::milan);
  EXPECT_EQ(*family_of_cpuid(0x19, 0x11), Family::genoa);
  EXPECT_EQ(*family_of_cpuid(0x19, 0xa0), Family::genoa);
  EXPECT_EQ(*family_of_cpuid(0x1a, 0x02), Family::turin);
  EXPECT_EQ(*family_of_product("Milan-B0"), Family::milan);
  EXPECT_EQ(*family_of_product("Milan"), Family::milan);
  EXPECT_EQ(*family_of_product("Siena"), Family::genoa);
  EXPECT_EQ(*family_of_product("Bergamo-A1"), Family::genoa);
  EXPECT_EQ(*family_of_product("Turin-C1"), Family::turin);
}

TEST(SnpTcb, RefusesUnknownFamilies) {
  for (const auto& [family, model] : {std::pair{0x17, 0x31}, {0x19, 0x20}, {0x19, 0xb0}, {0x1a, 0x20}, {0, 0}}) {
    EXPECT_EQ(family_of_cpuid(static_cast<std::uint8_t>(family), static_cast<std::uint8_t>(model)).error().code,
              Literal("snp_family"));
  }
  for (const char* name : {"", "Rome", "milan", "Milan-", "Milan-B", "Milan-b0", "Milan-B00", "MilanB0", "Genoa "}) {
    EXPECT_EQ(family_of_product(name).error().code, Literal("snp_family")) << name;
  }
}

TEST(SnpTcb, IsWrittenComponentByComponent) {
  const Tcb tcb{.fmc = 3, .boot_loader = 10, .tee = 1, .snp = 23, .microcode = 84};
  EXPECT_EQ(to_text(tcb, Family::genoa), "boot loader 10, TEE 1, SNP 23, microcode 84");
  EXPECT_EQ(to_text(tcb, Family::turin), "FMC 3, boot loader 10, TEE 1, SNP 23, microcode 84");
}

}  // namespace
}  // namespace aipg::attest::snp
