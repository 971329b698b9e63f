#include "daemon/net/socket_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

class SocketFileTest : public ::testing::Test {
 protected:
  SocketFile file() const { return {folder.file("j.sock"), 0660, ""}; }
  int connect_errno() const {
    const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = file().path;
    std::memcpy(address.sun_path, path.data(), path.size());
    return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
  }

  testing::TemporaryFolder folder;
};

TEST_F(SocketFileTest, ListensWithTheModeAsked) {
  const auto socket = listen_on(file());
  ASSERT_TRUE(socket) << socket.error().message;
  struct stat status{};
  ASSERT_EQ(::stat(file().path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
  EXPECT_EQ(connect_errno(), 0);
}

TEST_F(SocketFileTest, ALivingOneIsNotReplaced) {
  const auto first = listen_on(file());
  ASSERT_TRUE(first);
  const auto second = listen_on(file());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  EXPECT_EQ(connect_errno(), 0);
}

TEST_F(SocketFileTest, AForeignListenerWithoutOurLockIsNotReplaced) {
  Descriptor listener = std::move(listen_on(file())->listener);
  EXPECT_EQ(listen_on(file()).error().code, Code::busy) << "its lock is gone, its listener is not";
}

TEST_F(SocketFileTest, AStaleOneIsReplaced) {
  {
    const auto dead = listen_on(file());
  }
  EXPECT_EQ(connect_errno(), ECONNREFUSED);
  EXPECT_TRUE(listen_on(file()));
}

TEST_F(SocketFileTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(file().path) << "precious";
  const auto socket = listen_on(file());
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Code::unavailable);
  EXPECT_EQ(std::filesystem::file_size(file().path), 8U);
}

TEST_F(SocketFileTest, BadPathsAndGroupsAreToldByName) {
  EXPECT_EQ(listen_on({"", 0660, ""}).error().field, "daemon.socket");
  EXPECT_EQ(listen_on({folder.file(std::string(200, 'x')), 0660, ""}).error().field, "daemon.socket");
  EXPECT_EQ(listen_on({file().path, 0660, "no-such-group"}).error().field, "daemon.socket_group");
  EXPECT_EQ(listen_on({folder.file("a/b/j.sock"), 0660, ""}).error().code, Code::unavailable);
}

}  // namespace
}  // namespace jobd
