// Unbalanced binary trees of 6,000 keys, made, walked and freed: recursive calls, the heap, pointers.
#include "checksum.h"
#include "random.h"
#include "rounds.h"

#include <stdio.h>

enum { KEYS = 6000 };

struct node {
    struct node *left, *right;
    uint32_t key;
};

static struct node *insert(struct node *tree, uint32_t key) {
    if (tree == NULL) {
        tree = calloc(1, sizeof *tree);
        if (tree == NULL) {
            abort();
        }
        tree->key = key;
    } else if (key < tree->key) {
        tree->left = insert(tree->left, key);
    } else {
        tree->right = insert(tree->right, key);
    }
    return tree;
}

static uint32_t walk(const struct node *tree, uint32_t checksum) {
    if (tree == NULL) {
        return checksum;
    }
    checksum = walk(tree->left, checksum);
    return walk(tree->right, checksum_bytes(checksum, &tree->key, sizeof tree->key));
}

static void drop(struct node *tree) {
    if (tree != NULL) {
        drop(tree->left);
        drop(tree->right);
        free(tree);
    }
}

int main(int argc, char **argv) {
    random_t random = {6};
    uint32_t checksum = 0;
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        struct node *tree = NULL;
        for (int i = 0; i < KEYS; i++) {
            tree = insert(tree, (uint32_t)random_next(&random));
        }
        checksum = walk(tree, checksum);
        drop(tree);
    }
    printf("%08x\n", checksum);
    return 0;
}
