// SPDX-License-Identifier: Apache-2.0
// What is said of a state directory that cannot be used, in both languages, in English whatever the locale
// is. Called by disk.c.
#include "runtime/disk_fail.h"

#include <errno.h>
#include <lmdb.h>
#include <string.h>

#include "runtime/failure.h"
#include "runtime/text_out.h"

#define PATH_SHOWN 100

int nuo__disk_shown(const char *path) {
  size_t len = strlen(path);
  return (int)(len < PATH_SHOWN ? len : PATH_SHOWN);
}

static const char *reason_of(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "no space is left for it; free some";
    case EIO:  // also what LMDB makes of a file that took a part only
      return "no space is left for it, or the device failed; free some, or go back to a copy";
    case EACCES:
    case EPERM:
      return "this user may not do that; change the permissions or the user";
    case EROFS:
      return "the file system is read-only; choose another directory";
    case ENOENT:
      return "its parent directory is not there; create it";
    case ENOTDIR:
      return "it is a file, or under one; choose another";
    case EMFILE:
    case ENFILE:
      return "too many files are open";
    default:
      return NULL;
  }
}

// What the messages are put together from.
static const char *in_chinese(const char *english) {
  static const char *const words[][2] = {
      {"written", "写入"},
      {"locked", "锁定"},
      {"read", "读取"},
      {"created", "创建"},
      {"opened", "打开"},
      {"no space is left for it; free some", "空间已满；请腾出空间"},
      {"no space is left for it, or the device failed; free some, or go back to a copy",
       "空间已满，或者设备出错；请腾出空间，或者用备份恢复"},
      {"this user may not do that; change the permissions or the user",
       "当前用户无此权限；请更改权限或者换用户"},
      {"the file system is read-only; choose another directory", "文件系统只读；请另选目录"},
      {"its parent directory is not there; create it", "上级目录不存在；请先创建"},
      {"it is a file, or under one; choose another", "这是文件，或者在文件之下；请另选目录"},
      {"too many files are open", "打开的文件太多"},
      {"its pages are not as they were written", "页面与写入时不一致"},
      {"the file `secret` has not 16 bytes", "文件 secret 不是 16 字节"},
      {"it is not of the format that this version knows", "格式不是本版本所识别的"},
      {"it does not say of which format it is", "没有写明格式"},
      {"an entry is of no known kind", "有一项种类不明"},
      {"an entry is not as it was written", "有一项与写入时不一致"},
      {"entries are missing", "缺少若干项"},
      {"it does not begin as a database does", "开头不是数据库"},
      {"its database is of another version", "数据库是另一版本的"},
      {"its first pages contradict each other", "开头各页互相矛盾"},
      {"its last commits do not follow each other", "最后两次提交不相连"},
      {"it ends too early", "文件不完整"},
      {"its entries cannot be found", "找不到各项内容"},
      {"its list of unused pages is wrong", "空闲页清单有误"},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], english) == 0) return words[i][1];
  return english;
}

nuo_status nuo__disk_no_memory(nuo_error *error) {
  nuo__fail(error, NUO_NO_MEMORY, 0, "out of memory");
  return nuo__fail_zh(error, NUO_NO_MEMORY, "内存不足");
}

nuo_status nuo__disk_damaged(const char *path, nuo_error *error, const char *what) {
  nuo__fail(error, NUO_BAD_STATE, 0,
            "the state directory %.*s is damaged: %s; restore it from a copy, or begin with another",
            nuo__disk_shown(path), path, what);
  return nuo__fail_zh(error, NUO_BAD_STATE, "状态目录 %.*s 已损坏：%s；请用备份恢复，或者另选目录重新开始",
                      nuo__disk_shown(path), path, in_chinese(what));
}

nuo_status nuo__disk_io(const char *path, nuo_error *error, const char *what, int code) {
  const char *reason = reason_of(code);
  if (code == ENOMEM) return nuo__disk_no_memory(error);
  if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID || code == MDB_BAD_TXN)
    return nuo__disk_damaged(path, error, "its pages are not as they were written");
  char number[32];
  nuo__text_format(number, sizeof number, "error %lld", (long long)code);
  if (reason == NULL) reason = number;
  nuo__fail(error, NUO_IO, 0, "the state directory %.*s cannot be %s: %s", nuo__disk_shown(path), path, what,
            reason);
  return nuo__fail_zh(error, NUO_IO, "状态目录 %.*s 无法%s：%s", nuo__disk_shown(path), path,
                      in_chinese(what), in_chinese(reason));
}
