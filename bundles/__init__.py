"""ML bundles: folders of files with what is needed to train and run a model."""
