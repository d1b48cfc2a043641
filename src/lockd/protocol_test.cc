// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/protocol.h"

#include <gtest/gtest.h>

namespace lvm::lockd {
namespace {

Result<Request> parsed(std::string text) {
  auto message = message::Message::parse(std::move(text));
  EXPECT_TRUE(message);
  return parse_request(*message);
}

TEST(UnitLockdProtocol, ARequestOfTheReferenceIsRead) {
  auto got = parsed(
      "request=\"lock_lv\"\ncmd=\"lvchange\"\npid=812\nmode=\"ex\"\nopts=\"persistent\"\nvg_name=\"vg0\"\n"
      "lv_name=\"data\"\nlv_uuid=\"aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg\"\nvg_lock_type=\"sanlock\"\n"
      "vg_lock_args=\"1.0.0:lvmlock\"\nlv_lock_args=\"1.0.0:70254592\"\n");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->op, Op::lock);
  EXPECT_EQ(got->resource, ResourceKind::lv);
  EXPECT_EQ(got->mode, Mode::exclusive);
  EXPECT_TRUE(got->options.persistent);
  EXPECT_EQ(got->manager, ManagerKind::sanlock);
  EXPECT_EQ(got->lv_args, "1.0.0:70254592");
  EXPECT_EQ(got->max_retries, 4);
}

TEST(UnitLockdProtocol, OptionsAreWholeWords) {
  auto got = parsed("request=\"lock_gl\"\nmode=\"ex\"\nopts=\"ex_disable,adopt_only,\"\n");
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->options.ex_disable);
  EXPECT_FALSE(got->options.disable);
  EXPECT_TRUE(got->options.adopt_only);
  EXPECT_FALSE(got->options.adopt);
}

TEST(UnitLockdProtocol, WhatCannotBeIsRefused) {
  for (const char* text :
       {"", "request=\"nonsense\"", "request=\"lock_vg\"\nmode=\"ex\"\n", "request=\"lock_vg\"\nvg_name=\"vg\"\n",
        "request=\"lock_vg\"\nmode=\"pr\"\nvg_name=\"vg\"\n", "request=\"lock_lv\"\nmode=\"ex\"\nvg_name=\"vg\"\n",
        "request=\"stop_vg\"\nvg_name=\"a b\"\n", "request=\"start_vg\"\nvg_name=\"v\"\npath_num=513\n"})
    EXPECT_FALSE(parsed(text)) << text;
  EXPECT_FALSE(parsed("request=\"stop_vg\"\nvg_name=\"" + std::string(128, 'a') + "\"\n"));
}

TEST(UnitLockdProtocol, DrivesAreRead) {
  auto got = parsed(
      "request=\"start_vg\"\nvg_name=\"v\"\nvg_lock_type=\"idm\"\npath_num=3\npath[0]=\"/dev/sda\"\n"
      "path[1]=\"none\"\npath[2]=\"/dev/sdc\"\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->drives, (std::vector<std::string>{"/dev/sda", "", "/dev/sdc"}));
}

TEST(UnitLockdProtocol, RepliesHaveTheShapeClientsKnow) {
  Request hello{.op = Op::hello};
  EXPECT_EQ(write_reply(hello, {}).encode(),
            "response = \"OK\"\nresult = 0\nprotocol = \"lvmlockd\"\nversion = 1\nfeatures = \"place\"\n\n##\n");
  Request lock{.op = Op::lock, .resource = ResourceKind::vg, .manager = ManagerKind::dlm};
  Reply held;
  held.result = -11;
  held.flags = {"NO_GL_LS", "NO_LM"};
  EXPECT_EQ(write_reply(lock, held).encode(),
            "response = \"OK\"\nop = 7\nlock_type = \"dlm\"\nop_result = -11\nlm_result = 0\n"
            "result_flags = \"NO_GL_LS,NO_LM\"\nls_generation = 0\n\n##\n");
  held.owner = Owner{2, 1, 5, "LIVE", {}};
  Reply back = parse_reply(write_reply(lock, held));
  EXPECT_EQ(back.owner, held.owner);
  EXPECT_EQ(back.flags, held.flags);
  Request init{.op = Op::init, .resource = ResourceKind::vg, .manager = ManagerKind::sanlock};
  Reply made;
  made.vg_args = "1.0.0:lvmlock";
  EXPECT_EQ(write_reply(init, made).encode(),
            "response = \"OK\"\nop = 3\nop_result = 0\nlm_result = 0\nvg_lock_args = \"1.0.0:lvmlock\"\n"
            "lv_lock_args = \"none\"\nresult_flags = \"none\"\n\n##\n");
}

TEST(UnitLockdProtocol, ARequestOfOursIsReadAsTheSame) {
  Request request;
  request.op = Op::start;
  request.resource = ResourceKind::vg;
  request.manager = ManagerKind::idm;
  request.command = "vgchange";
  request.process = 7;
  request.vg_name = "vg";
  request.vg_uuid = "u";
  request.version = 3;
  request.options.nodelay = true;
  request.drives = {"/dev/sda", "/dev/sdb"};
  auto got = parse_request(write_request(request));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, request);
}

}  // namespace
}  // namespace lvm::lockd
