module nuo

go 1.19
