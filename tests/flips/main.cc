// SPDX-License-Identifier: Apache-2.0
// Every bit of every accepted real fixture, every cut and every splice. Run by
// scripts/flips. Exit: 0 all as the table of unsigned regions says, 1 something
// else was accepted, 2 usage, 3 no evidence library.
#include <cstdio>
#include <cstring>
#include <thread>

#include "regions.h"
#include "splices.h"

namespace aipg::flips {
namespace {

const std::filesystem::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence";

struct Options {
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string only;  // subjects whose name contains this
  bool show_regions = false;
};

struct Totals {
  std::size_t subjects = 0, flips = 0, cuts = 0, surprises = 0;
  std::array<std::size_t, kReasons> by_reason{};
};

std::string name_of(const Subject& subject) { return subject.fixture + ", " + subject.item + ", as " + subject.judged; }

// The fixture's line: what was tried, and how much of it was accepted for which reason.
void report(const Subject& subject, const Damage& damage, Totals& totals) {
  const std::vector<Region> regions = unsigned_regions(subject);
  std::array<std::size_t, kReasons> by_reason{};
  std::size_t surprises = 0;
  for (const Acceptance each : damage.accepted) {
    if (const auto reason = reason_for(subject, regions, each)) {
      ++by_reason[static_cast<std::size_t>(*reason)];
    } else if (++surprises <= 5) {
      std::printf("SURPRISE  byte %zu, %s\n", each.at, each.bit == 0 ? "cut here" : std::to_string(each.bit).c_str());
    }
  }
  std::printf("%-88s %8zu flips %7zu cuts", name_of(subject).c_str(), damage.flips, damage.cuts);
  for (std::size_t i = 0; i < kReasons; ++i) {
    if (by_reason[i] != 0) std::printf("  %zu %s", by_reason[i], std::string(to_text(Reason(i))).c_str());
    totals.by_reason[i] += by_reason[i];
  }
  std::printf(surprises == 0 ? "\n" : "  %zu SURPRISES\n", surprises);
  std::fflush(stdout);
  ++totals.subjects;
  totals.flips += damage.flips;
  totals.cuts += damage.cuts;
  totals.surprises += surprises;
}

void show_regions(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    for (const Region& region : unsigned_regions(subject)) {
      std::printf("%s, %s: [%zu, %zu) %s\n", subject.fixture.c_str(), subject.item.c_str(), region.from, region.to,
                  std::string(to_text(region.reason)).c_str());
    }
  }
}

std::size_t judge_rows(const std::vector<Row>& rows) {
  std::size_t wrong = 0;
  for (const Row& row : rows) {
    if (is_accepted(load(row, kLibrary)) == row.accepted()) continue;
    std::printf("SURPRISE  %s %s with %s: should %s\n", row.kind.c_str(), row.evidence.c_str(), row.with.c_str(),
                row.expect.c_str());
    ++wrong;
  }
  return wrong;
}

std::size_t judge_splices(const std::vector<Splice>& splices) {
  std::size_t accepted = 0;
  for (const Splice& splice : splices) {
    if (!is_accepted(splice.spliced)) continue;
    std::printf("SURPRISE  accepted: %s\n", splice.name.c_str());
    ++accepted;
  }
  return accepted;
}

void print_totals(const Totals& totals, std::size_t rows, std::size_t splices) {
  std::printf("\n%zu rows judged as the library says (%zu files in its manifest), %zu things damaged\n", rows,
              count_manifest_rows(kLibrary), totals.subjects);
  std::printf("%zu flips, %zu truncations, %zu splices\n", totals.flips, totals.cuts, splices);
  for (std::size_t i = 0; i < kReasons; ++i) {
    std::printf("  %8zu accepted: %s\n", totals.by_reason[i], std::string(to_text(Reason(i))).c_str());
  }
  std::printf("  %8zu accepted and should not be\n", totals.surprises);
}

int run(const Options& options) {
  const std::vector<Row> rows = read_rows(kLibrary);
  if (rows.empty()) {
    std::fprintf(stderr, "no %s: nothing was damaged\n", (kLibrary / "CASES.tsv").c_str());
    return 3;
  }
  std::vector<Subject> subjects = subjects_of(rows, kLibrary);
  std::erase_if(subjects, [&](const Subject& each) { return !name_of(each).contains(options.only); });
  if (options.show_regions) return show_regions(subjects), 0;
  Totals totals;
  const std::size_t all = subjects.size();
  damage_all(subjects, Bits::all, options.jobs, [&](const Subject& subject, const Damage& damage) {
    report(subject, damage, totals);
    std::fprintf(stderr, "\r%zu of %zu things, %zu flips ", totals.subjects, all, totals.flips);
  });
  std::fprintf(stderr, "\n");
  const std::vector<Splice> splices = splices_of(rows, kLibrary);
  totals.surprises += judge_splices(splices) + judge_rows(rows);
  print_totals(totals, rows.size(), splices.size());
  return totals.surprises == 0 ? 0 : 1;
}

int usage() {
  std::fprintf(stderr, "usage: aipg_flips [--jobs N] [--only TEXT] [--regions]\n");
  return 2;
}

}  // namespace
}  // namespace aipg::flips

int main(int argc, char** argv) {
  aipg::flips::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--regions") {
      options.show_regions = true;
    } else if (word == "--only" && i + 1 < argc) {
      options.only = argv[++i];
    } else if (word == "--jobs" && i + 1 < argc) {
      options.jobs = static_cast<unsigned>(std::max(1, std::atoi(argv[++i])));
    } else {
      return aipg::flips::usage();
    }
  }
  return aipg::flips::run(options);
}
