#include "cmd/suggest.h"

#include <gtest/gtest.h>

#include <array>

#include "cmd/content_type.h"

namespace jobd::cmd {
namespace {

constexpr std::array<std::string_view, 4> kWords{"status", "stats", "submit-email", "list"};

TEST(Nearest, FindsPrefixesSwapsAndSlips) {
  EXPECT_EQ(nearest("sub", kWords), "submit-email");
  EXPECT_EQ(nearest("statsu", kWords), "status");
  EXPECT_EQ(nearest("lits", kWords), "list");
  EXPECT_EQ(nearest("submit-mail", kWords), "submit-email");
}

TEST(Nearest, DoesNotGuessWildly) {
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("frobnicate", kWords), "");
  EXPECT_EQ(nearest(std::string(1000, 's'), kWords), "");
  constexpr std::array<std::string_view, 2> kOptions{"--help", "--version"};
  EXPECT_EQ(nearest("-", kOptions), "") << "dashes alone are the beginning of all";
  EXPECT_EQ(nearest("--v", kOptions), "--version");
}

TEST(ContentType, IsThatOfTheEnding) {
  EXPECT_EQ(content_type_of("report.pdf"), "application/pdf");
  EXPECT_EQ(content_type_of("a.b.JPG"), "image/jpeg");
  EXPECT_EQ(content_type_of("README"), "");
  EXPECT_EQ(content_type_of(".pdf"), "");
  EXPECT_EQ(content_type_of("x.unheard"), "");
}

}  // namespace
}  // namespace jobd::cmd
