// SPDX-License-Identifier: Apache-2.0
// Damage to real evidence, where the evidence library lies beside the checkout:
// what scripts/flips does with every bit, at fewer places. Of quotes, AMD's
// reports, keys and lists one bit of each byte is flipped; where a verdict costs
// a millisecond or more (devices, manifests, responses), of fewer bytes, for
// those are damaged byte by byte beside their own verifiers in src/attest too.
#include <gtest/gtest.h>

#include <thread>

#include "regions.h"
#include "splices.h"

namespace aipg::flips {
namespace {

const std::filesystem::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence";

#define AIPG_NEEDS_LIBRARY()                            \
  if (!std::filesystem::exists(kLibrary / "CASES.tsv")) \
  GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real evidence was damaged"

TEST(Flips, OfABitAreAcceptedOnlyWhereTheFormatLeavesItUnsigned) {
  AIPG_NEEDS_LIBRARY();
  const std::vector<Subject> subjects = subjects_of(read_rows(kLibrary), kLibrary);
  std::size_t flips = 0, accepted = 0;
  const Done judge = [&](const Subject& subject, const Damage& damage) {
    const std::vector<Region> regions = unsigned_regions(subject);
    flips += damage.flips;
    accepted += damage.accepted.size();
    for (const Acceptance each : damage.accepted) {
      EXPECT_TRUE(reason_for(subject, regions, each))
          << subject.fixture << ", " << subject.item << ", as " << subject.judged << ": byte " << each.at << " bit "
          << int{each.bit} << (each.bit == 0 ? " (cut)" : "");
    }
  };
  damage_all(subjects, Bits::one, std::thread::hardware_concurrency(), judge);
  EXPECT_GE(flips, 80'000U);
  EXPECT_GE(accepted, 400U) << "the regions are still found unsigned";
}

TEST(Flips, HaveSomethingAcceptedToBeginWith) {
  AIPG_NEEDS_LIBRARY();
  for (const Subject& subject : subjects_of(read_rows(kLibrary), kLibrary)) {
    EXPECT_TRUE(subject.accepts(subject.bytes)) << subject.fixture << ", " << subject.item << ", as " << subject.judged;
  }
}

TEST(Splices, OfTwoRealFixturesAreRefused) {
  AIPG_NEEDS_LIBRARY();
  const std::vector<Splice> splices = splices_of(read_rows(kLibrary), kLibrary);
  for (const Splice& splice : splices) EXPECT_FALSE(is_accepted(splice.spliced)) << splice.name;
  EXPECT_GE(splices.size(), 200U);
}

// The table: by file, or by what was taken out of one.
struct Known {
  std::string_view fixture, item;
  std::vector<Region> regions;
};

// What NVIDIA's protected-PCIe verifier wrote beside each device's report: index, driver, board, UUID and VBIOS (the
// signed report has its own), and the names of its Python classes.
constexpr std::array<std::pair<std::size_t, std::size_t>, 124> kClaims{
    {{34, 59},         {73, 74},         {96, 106},        {122, 125},       {138, 178},       {224, 238},
     {284, 334},       {407, 426},       {2178, 2197},     {3409, 3428},     {4804, 4823},     {6139, 6158},
     {12985, 13010},   {13024, 13025},   {13047, 13057},   {13073, 13076},   {13089, 13129},   {13175, 13189},
     {13235, 13285},   {13358, 13377},   {15129, 15148},   {16360, 16379},   {17755, 17774},   {19090, 19109},
     {25932, 25957},   {25971, 25972},   {25994, 26004},   {26020, 26023},   {26036, 26076},   {26122, 26136},
     {26182, 26232},   {26305, 26324},   {28076, 28095},   {29307, 29326},   {30702, 30721},   {32037, 32056},
     {38879, 38904},   {38918, 38919},   {38941, 38951},   {38967, 38971},   {38984, 39024},   {39070, 39084},
     {39130, 39180},   {39253, 39272},   {41024, 41043},   {42255, 42274},   {43650, 43669},   {44985, 45004},
     {51827, 51852},   {51866, 51867},   {51889, 51899},   {51915, 51919},   {51932, 51972},   {52018, 52032},
     {52078, 52128},   {52201, 52220},   {53972, 53991},   {55203, 55222},   {56598, 56617},   {57933, 57952},
     {64775, 64800},   {64814, 64815},   {64837, 64847},   {64863, 64867},   {64880, 64920},   {64966, 64980},
     {65026, 65076},   {65149, 65168},   {66920, 66939},   {68151, 68170},   {69546, 69565},   {70881, 70900},
     {77723, 77748},   {77762, 77763},   {77785, 77795},   {77811, 77815},   {77828, 77868},   {77914, 77928},
     {77974, 78024},   {78097, 78116},   {79868, 79887},   {81099, 81118},   {82494, 82513},   {83829, 83848},
     {90671, 90696},   {90710, 90711},   {90733, 90743},   {90759, 90763},   {90776, 90816},   {90862, 90876},
     {90922, 90972},   {91045, 91064},   {92816, 92835},   {94047, 94066},   {95442, 95461},   {96777, 96796},
     {103636, 103708}, {103722, 103762}, {103821, 103840}, {105584, 105603}, {106807, 106826}, {108194, 108213},
     {109521, 109540}, {113562, 113634}, {113648, 113688}, {113747, 113766}, {115510, 115529}, {116733, 116752},
     {118120, 118139}, {119447, 119466}, {123488, 123560}, {123574, 123614}, {123673, 123692}, {125436, 125455},
     {126659, 126678}, {128046, 128065}, {129373, 129392}, {133415, 133487}, {133501, 133541}, {133600, 133619},
     {135363, 135382}, {136586, 136605}, {137973, 137992}, {139300, 139319}}};

std::vector<Region> claims_and(Region end) {
  std::vector<Region> out;
  for (const auto& [from, to] : kClaims) out.push_back({from, to, Reason::unsigned_claim});
  out.push_back(end);
  return out;
}

const std::vector<Known>& known() {
  using enum Reason;
  static const std::vector<Known> table{
      {"nvidia/evidence_json/hopper_evidence.json",
       "the file",
       {{12221, 12285, digit_case}, {12292, 12293, white_space}}},
      {"nvidia/evidence_json/switch_evidence_ls10.json",
       "the file",
       {{9384, 9448, digit_case}, {9451, 9452, white_space}}},
      {"nvidia/h100_535.86.09_nofwid/chain.pem", "the file", {{4825, 4826, white_space}}},
      {"nvidia/h100_570.124.03/chain.pem", "the file", {{4825, 4826, white_space}}},
      {"nvidia/ls10_96.10.55.00.01/bios_rim.xml", "the file", {{25697, 25698, white_space}}},
      {"nvidia/ppcie_570.124.06/all.json", "the file", claims_and({143325, 143326, white_space})},
      {"nvidia/rims/1010_0200_882_960074001C_2023.swidtag", "the file", {{20465, 20466, white_space}}},
      {"nvidia/rims/1010_0200_882_960074001C_reissue.swidtag", "the file", {{20461, 20462, white_space}}},
      {"nvidia/rims/NV_GPU_DRIVER_GH100_550.144.03.xml", "the file", {{21288, 21290, white_space}}},
      {"nvidia/rims/g520_0213_881_96006D0007.swidtag", "the file", {{20465, 20466, white_space}}},
      {"snp/chains/genoa_ask_ark_asvk.pem", "the file", {{6935, 6936, white_space}}},
      {"snp/chains/milan_ask_ark_asvk.pem", "the file", {{6935, 6936, white_space}}},
      {"snp/crl/genoa_crl.pem", "the file", {{1254, 1255, white_space}}},
      {"snp/crl/milan_crl.pem", "the file", {{1222, 1223, white_space}}},
      {"snp/genoa_v3_azure/ask.pem", "the file", {{2324, 2325, white_space}}},
      {"snp/genoa_v3_azure/vcek.pem", "the file", {{1878, 1879, white_space}}},
      {"snp/milan_v2/ask_ark.pem", "the file", {{4601, 4602, white_space}}},
      {"snp/milan_v3_azure/ask.pem", "the file", {{2324, 2325, white_space}}},
      {"snp/milan_v3_azure/vcek.pem", "the file", {{1886, 1887, white_space}}},
      {"snp/turin_vcek_only/ask_ark.pem", "the file", {{4674, 4676, white_space}}},
      {"tdx/sgx_v3/quote.bin", "the file", {{4599, 4600, white_space}}},
      {"tdx/v4_00a06d/quote.bin", "the file", {{4935, 4936, white_space}}},
      {"tdx/v4_az_vtpm/quote.bin", "the file", {{4935, 4936, white_space}}},
      {"tdx/v4_azure_2025/quote.bin", "the file", {{4935, 4936, white_space}}},
      {"tdx/v4_uptodate/collateral.json", "QE identity", {{494, 622, digit_case}}},
      {"tdx/v4_uptodate/collateral.json", "TCB info", {{2959, 3087, digit_case}}},
      {"tdx/v4_uptodate/collateral.json",
       "the file",
       {{1986, 2570, digit_case}, {2587, 7913, digit_case}, {13290, 13418, digit_case}, {15941, 16069, digit_case}}},
      {"tdx/v4_uptodate/quote.bin", "the file", {{4935, 4936, white_space}}},
      {"tdx/v4_uptodate/quote_low_tcb_1.bin", "the file", {{4935, 4936, white_space}}},
      {"tdx/v5_uptodate/collateral.json", "QE identity", {{494, 622, digit_case}}},
      {"tdx/v5_uptodate/collateral.json", "TCB info", {{4138, 4266, digit_case}}},
      {"tdx/v5_uptodate/collateral.json",
       "the file",
       {{1978, 2562, digit_case},
        {2575, 9285, digit_case},
        {16023, 16151, digit_case},
        {18662, 18790, digit_case},
        {18792, 18793, white_space}}},
      {"tdx/v5_uptodate/quote.bin", "the file", {{5005, 5006, white_space}}},
  };
  return table;
}

TEST(UnsignedRegions, OfKnownFixturesAreAtTheseOffsets) {
  AIPG_NEEDS_LIBRARY();
  std::set<const Known*> seen;
  for (const Subject& subject : subjects_of(read_rows(kLibrary), kLibrary)) {
    for (const Known& each : known()) {
      if (each.fixture != subject.fixture || each.item != subject.item) continue;
      EXPECT_EQ(unsigned_regions(subject), each.regions) << subject.fixture << ", " << subject.item;
      seen.insert(&each);
    }
  }
  EXPECT_EQ(seen.size(), known().size());
}

}  // namespace
}  // namespace aipg::flips
