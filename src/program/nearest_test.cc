// SPDX-License-Identifier: Apache-2.0
#include "program/nearest.h"

#include <gtest/gtest.h>

namespace aipg::program {
namespace {

const std::vector<std::string> kKeys = {"listen", "drain.grace", "log.level", "tls.key", "tls.certificate"};

TEST(Nearest, FindsTheNameWithTheFewestSlips) {
  EXPECT_EQ(nearest("drain.grce", kKeys), "drain.grace");  // dropped
  EXPECT_EQ(nearest("lissten", kKeys), "listen");          // inserted
  EXPECT_EQ(nearest("log.lebel", kKeys), "log.level");     // changed
  EXPECT_EQ(nearest("lsiten", kKeys), "listen");           // swapped
  EXPECT_EQ(nearest("tls.kye", kKeys), "tls.key");
}

TEST(Nearest, SaysNothingWhenMostLettersWouldChange) {
  EXPECT_EQ(nearest("zzzzzzz", kKeys), std::nullopt);
  EXPECT_EQ(nearest("", kKeys), std::nullopt);
  EXPECT_EQ(nearest("listen", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(200, 'l'), kKeys), std::nullopt);
}

}  // namespace
}  // namespace aipg::program
