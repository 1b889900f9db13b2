// A null-like pointer is followed three calls deep.
struct node {
    struct node *next;
    int value;
};

static int __attribute__((noinline)) sum(struct node *node) {
    int total = 0;
    for (; node; node = node->next)
        total += node->value;
    return total;
}

int __attribute__((noinline)) middle(int value) {
    struct node node = {(void *)0x123450, value};
    int result = sum(&node);
    return result + 1;
}

int main(void) {
    return middle(3) + 1;
}
