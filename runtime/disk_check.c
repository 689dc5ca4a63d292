// SPDX-License-Identifier: Apache-2.0
// Proves the pages of an LMDB database before LMDB is let near them: it has no checksums and trusts what it
// reads, so that a flipped bit could send it out of the file or make it write over pages in use. Looks at
// every page that the last commit reaches: that each is what it says, that its entries lie in it and are in
// order, and that no page is used twice, not even by the list of unused ones. What the entries hold is
// disk.c's business (they are sealed). Knows LMDB's format 1, as of all 0.9 releases. Called by disk.c.
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/disk.h"

#define MAGIC 0xBEEFC0DEu
#define VERSION 1
#define NO_PAGE UINT64_MAX
#define PAGE_HEAD 16
#define NODE_HEAD 8
#define DEPTH_MAX 32
#define PAGES_GIVEN_BACK 1024
#define KEY_MAX 511  // as LMDB is built

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum { NODE_BIG = 1 };
enum { TREE_FREE, TREE_MAIN, TREES };
#define FREE_FLAGS 0x4008  // of the tree of unused pages: numbers as keys; and that the database is one file

struct tree_record {
  uint32_t page_size;
  uint16_t flags, depth;
  uint64_t branches, leaves, overflows, entries, root;
};
struct meta {
  uint32_t magic, version;
  uint64_t address, map_size;
  struct tree_record trees[TREES];
  uint64_t last_page, commit;
};
struct node {
  const uint8_t *at, *key;
  uint32_t key_size;
  uint16_t flags;
  uint64_t data_size, child;
};
struct checker {
  const uint8_t *file;
  uint64_t page_size, last_page;
  bool ends_early;      // one that is needed is not in the file
  uint64_t last_there;  // of those that are in the file: unused ones at the end need not be
  uint8_t *used;        // a bit for each page
  bool is_free_tree;
  struct tree_record found;
  const uint8_t *key;  // the last key seen, in the file; the next has to be greater, or the same …
  uint32_t key_size;
  bool may_repeat;  // … when that was a branch's
};

static uint16_t read16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static uint64_t read64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

// ---- pages ----

static bool use(struct checker *c, uint64_t page) {
  if (page < TREES || page > c->last_page || c->used[page / 8] >> page % 8 & 1) return false;
  c->used[page / 8] |= (uint8_t)(1u << page % 8);
  return true;
}

// Whether pages that are needed are in the file.
static bool is_there(struct checker *c, uint64_t first, uint64_t count) {
  if (first > c->last_page || count > c->last_page - first + 1) return false;
  c->ends_early |= first + count - 1 > c->last_there;
  return !c->ends_early;
}

static const uint8_t *page_at(const struct checker *c, uint64_t page) {
  return c->file + page * c->page_size;
}

static uint64_t pages_for(const struct checker *c, uint64_t size) {
  return (size + PAGE_HEAD + c->page_size - 1) / c->page_size;
}

// Data too long for a leaf lies in pages of its own, one behind the other.
static bool check_overflow(struct checker *c, uint64_t first, uint64_t size) {
  uint64_t count = pages_for(c, size);
  if (size > c->page_size * c->last_page || !is_there(c, first, count)) return false;
  const uint8_t *page = page_at(c, first);
  uint32_t told;
  memcpy(&told, page + 12, sizeof told);
  if (read64(page) != first || read16(page + 10) != PAGE_OVERFLOW || told != count) return false;
  for (uint64_t i = 0; i < count; i++)
    if (!use(c, first + i)) return false;
  c->found.overflows += count;
  return true;
}

// ---- nodes ----

static bool read_node(const struct checker *c, const uint8_t *page, unsigned index, bool is_leaf,
                      struct node *node) {
  uint64_t at = read16(page + PAGE_HEAD + 2 * index);
  if (at % 2 != 0 || at < read16(page + 14) || at + NODE_HEAD > c->page_size) return false;
  const uint8_t *n = page + at;
  uint64_t low = read16(n) | (uint64_t)read16(n + 2) << 16;
  *node = (struct node){.at = n, .key = n + NODE_HEAD, .key_size = read16(n + 6), .flags = read16(n + 4)};
  node->child = low | (uint64_t)node->flags << 32;
  node->data_size = is_leaf ? low : 0;
  uint64_t inside = is_leaf ? node->flags & NODE_BIG ? 8 : node->data_size : 0;
  if (is_leaf && (node->flags & ~NODE_BIG) != 0) return false;
  return node->key_size <= KEY_MAX && at + NODE_HEAD + node->key_size + inside <= c->page_size;
}

// Numbers by their value, others by their bytes.
static int compare_keys(const struct checker *c, const struct node *node) {
  if (c->is_free_tree) {
    uint64_t a = read64(node->key), b = read64(c->key);
    return a < b ? -1 : a > b;
  }
  uint32_t common = node->key_size < c->key_size ? node->key_size : c->key_size;
  int order = memcmp(node->key, c->key, common);
  return order != 0 ? order : (node->key_size > c->key_size) - (node->key_size < c->key_size);
}

static bool check_key(struct checker *c, const struct node *node, bool is_leaf) {
  if (node->key_size == 0 || (c->is_free_tree && node->key_size != 8)) return false;
  if (c->key != NULL && compare_keys(c, node) < (c->may_repeat && is_leaf ? 0 : 1)) return false;
  c->key = node->key;
  c->key_size = node->key_size;
  c->may_repeat = !is_leaf;
  return true;
}

// A list of unused pages: how many, then their numbers, descending.
static bool check_unused(struct checker *c, const uint8_t *list, uint64_t size) {
  uint64_t last = NO_PAGE;
  if (size < 8 || size % 8 != 0 || read64(list) > size / 8 - 1) return false;
  for (uint64_t i = 1; i <= read64(list); i++) {
    uint64_t page = read64(list + 8 * i);
    if (page >= last || !use(c, page)) return false;
    last = page;
  }
  return true;
}

static bool check_leaf_node(struct checker *c, const struct node *node) {
  const uint8_t *data = node->key + node->key_size;
  c->found.entries++;
  if (node->flags & NODE_BIG) {
    uint64_t first = read64(data);
    if (!check_overflow(c, first, node->data_size)) return false;
    data = page_at(c, first) + PAGE_HEAD;
  }
  return !c->is_free_tree || check_unused(c, data, node->data_size);
}

// ---- trees ----

static bool check_tree(struct checker *c, uint64_t number, unsigned depth);

static bool check_node(struct checker *c, const uint8_t *page, unsigned index, unsigned depth) {
  struct node node;
  bool is_leaf = depth == c->found.depth;
  if (!read_node(c, page, index, is_leaf, &node)) return false;
  if (is_leaf) return check_key(c, &node, true) && check_leaf_node(c, &node);
  if (index > 0 && !check_key(c, &node, false)) return false;
  return check_tree(c, node.child, depth + 1);
}

// All leaves lie at the same depth. The nodes of a page fill it from its end, and their places from its
// begin.
static bool check_tree(struct checker *c, uint64_t number, unsigned depth) {
  if (!is_there(c, number, 1) || !use(c, number)) return false;
  const uint8_t *page = page_at(c, number);
  bool is_leaf = depth == c->found.depth;
  unsigned lower = read16(page + 12), upper = read16(page + 14);
  if (read64(page) != number || read16(page + 10) != (is_leaf ? PAGE_LEAF : PAGE_BRANCH)) return false;
  if (lower < PAGE_HEAD + 2 || lower % 2 != 0 || lower > upper || upper > c->page_size) return false;
  unsigned count = (lower - PAGE_HEAD) / 2;
  if (!is_leaf && count < 2) return false;
  for (unsigned i = 0; i < count; i++)
    if (!check_node(c, page, i, depth)) return false;
  *(is_leaf ? &c->found.leaves : &c->found.branches) += 1;
  return true;
}

static bool check_whole_tree(struct checker *c, const struct tree_record *told, bool is_free_tree) {
  c->is_free_tree = is_free_tree;
  c->key = NULL;
  c->found = (struct tree_record){.page_size = told->page_size, .flags = is_free_tree ? FREE_FLAGS : 0};
  c->found.depth = told->depth;
  c->found.root = told->root;
  if (told->depth > DEPTH_MAX || (told->depth == 0) != (told->root == NO_PAGE)) return false;
  if (told->depth > 0 && !check_tree(c, told->root, 1)) return false;
  return memcmp(&c->found, told, sizeof *told) == 0;
}

// ---- the file ----

// The two metas take turns; the newer one counts.
static const char *choose_meta(const uint8_t *file, size_t size, uint64_t page_size, struct meta *newest) {
  struct meta metas[2];
  for (int i = 0; i < 2; i++) {
    const uint8_t *page = file + i * page_size;
    memcpy(&metas[i], page + PAGE_HEAD, sizeof metas[i]);
    if (read64(page) != (uint64_t)i || (read16(page + 10) & PAGE_META) == 0 || metas[i].magic != MAGIC)
      return "it does not begin as a database does";
    if (metas[i].version != VERSION) return "its database is of another version";
    if (metas[i].trees[TREE_FREE].page_size != page_size) return "its first pages contradict each other";
  }
  *newest = metas[metas[1].commit > metas[0].commit];
  uint64_t older = metas[metas[1].commit <= metas[0].commit].commit;
  bool is_fresh = newest->commit == 0, follows = newest->commit == older + 1;
  if (!is_fresh && (!follows || (newest->commit & 1) != (metas[1].commit > metas[0].commit)))
    return "its last commits do not follow each other";
  // Pages that a commit took and gave back are never written, and may be the last. They cannot be many.
  const uint64_t there = size / page_size;
  if (newest->last_page < 1 || newest->last_page >= 2 * there + PAGES_GIVEN_BACK) return "it ends too early";
  return NULL;
}

static const char *check_trees(struct checker *c, const struct meta *meta) {
  if (meta->commit > 0 && meta->trees[TREE_MAIN].root == NO_PAGE) return "its entries cannot be found";
  if (!check_whole_tree(c, &meta->trees[TREE_FREE], true)) return "its list of unused pages is wrong";
  if (!check_whole_tree(c, &meta->trees[TREE_MAIN], false)) return "its pages are not as they were written";
  return NULL;
}

const char *nuo__disk_check(const nuo_allocator *allocator, const void *file, size_t size) {
  struct meta meta;
  struct checker c = {.file = file};
  if (size < PAGE_HEAD + sizeof meta) return "it ends too early";
  memcpy(&meta, c.file + PAGE_HEAD, sizeof meta);
  c.page_size = meta.trees[TREE_FREE].page_size;
  if (c.page_size < 512 || c.page_size > 65536 || (c.page_size & (c.page_size - 1)) != 0)
    return "it does not begin as a database does";
  if (size < 2 * c.page_size) return "it ends too early";
  const char *wrong = choose_meta(c.file, size, c.page_size, &meta);
  if (wrong != NULL) return wrong;
  c.last_page = meta.last_page;
  c.last_there = size / c.page_size - 1 < c.last_page ? size / c.page_size - 1 : c.last_page;
  size_t bytes = (size_t)(c.last_page / 8 + 1);
  c.used = nuo__alloc(allocator, bytes);
  if (c.used == NULL) return DISK_NO_MEMORY;
  memset(c.used, 0, bytes);
  wrong = check_trees(&c, &meta);
  if (c.ends_early) wrong = "it ends too early";
  nuo__free(allocator, c.used, bytes);
  return wrong;
}
