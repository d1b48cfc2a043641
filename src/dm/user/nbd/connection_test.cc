// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/nbd/connection.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace lvm::dm::user {
namespace {

TEST(UnitNbdUri, IsToldFromAPath) {
  for (const char* uri : {"nbd://host", "nbd+unix:///?socket=/s", "nbds://host/export", "nbds+unix:///x?socket=s",
                          "nbd+vsock://1", "nbd+ssh://host"})
    EXPECT_TRUE(is_nbd_uri(uri)) << uri;
  for (const char* path : {"nbd", "nbd:", "/dev/nbd0", "nbd.img", "nbdx://host", "http://host", "./nbd://host", ""})
    EXPECT_FALSE(is_nbd_uri(path)) << path;
}

TEST(UnitNbdUri, SocketsGetAbsolutePaths) {
  char here[4096];
  ASSERT_NE(::getcwd(here, sizeof here), nullptr);
  EXPECT_EQ(absolute_nbd_uri("nbd+unix:///x?socket=a/b"), std::string("nbd+unix:///x?socket=") + here + "/a/b");
  EXPECT_EQ(absolute_nbd_uri("nbds+unix:///?tls=1&socket=s&x=y"),
            std::string("nbds+unix:///?tls=1&socket=") + here + "/s&x=y");
  for (const char* same : {"nbd+unix:///?socket=/s", "nbd+unix:///?socket=%2Fs", "nbd://host/socket=s",
                           "nbd://host/?my-socket=s", "nbd://host"})
    EXPECT_EQ(absolute_nbd_uri(same), same);
}

TEST(UserNbdConnection, WithoutAServerSaysSo) {
  auto connection = NbdConnection::open("nbd+unix:///?socket=/nonexistent/socket", {});
  ASSERT_FALSE(connection);
  EXPECT_NE(connection.error().text().find("/nonexistent/socket"), std::string::npos) << connection.error().text();
}

}  // namespace
}  // namespace lvm::dm::user
