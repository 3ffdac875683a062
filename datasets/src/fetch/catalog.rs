//! The sets that can be downloaded: addresses, sizes and checksums of their files.
//!
//! Where a set does not say otherwise, its sizes and sha256 sums are those that TensorFlow Datasets records
//! (`tensorflow_datasets/url_checksums/`).

/// A file on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote<'a> {
    /// Its name on this machine.
    pub file: &'a str,
    /// Where it can be had, best first.
    pub urls: &'a [&'a str],
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether `bytes` is exact, so that a file of another size is refused before it is read; otherwise it is only for people.
    pub exact: bool,
    /// Its sha256 sum, 64 lower-case hexadecimal digits.
    pub sha256: &'a str,
}

/// A data set that can be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// What to call it in [`fetch`](crate::fetch), and the name of its folder.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// What its publisher says about use.
    pub licence: &'static str,
    /// Its files.
    pub files: &'static [Remote<'static>],
}

impl DataSet {
    /// How much there is to download, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// All sets that [`fetch`](crate::fetch) knows.
pub const CATALOG: &[DataSet] =
    &[CIFAR10, MNIST, FASHION_MNIST, IMDB, NEWSGROUPS, WNUT17, MOVIELENS_SMALL, MOVIELENS_100K];

pub(crate) const CIFAR10: DataSet = DataSet {
    name: "cifar10",
    about: "CIFAR-10: 60 000 colour photographs, 32x32, ten classes (Krizhevsky, 2009)",
    licence: "none stated; the authors ask to be cited",
    files: &[Remote {
        file: "cifar-10-binary.tar.gz",
        urls: &["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
        bytes: 170_052_171,
        exact: true,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    }],
};

/// `file` at both hosts that keep MNIST for PyTorch and TensorFlow; the original host no longer serves it reliably.
macro_rules! mnist {
    ($file:literal, $bytes:literal, $sha256:literal) => {
        Remote {
            file: $file,
            urls: &[
                concat!("https://ossci-datasets.s3.amazonaws.com/mnist/", $file),
                concat!("https://storage.googleapis.com/cvdf-datasets/mnist/", $file),
            ],
            bytes: $bytes,
            exact: true,
            sha256: $sha256,
        }
    };
}

pub(crate) const MNIST: DataSet = DataSet {
    name: "mnist",
    about: "MNIST: 70 000 handwritten digits, 28x28, grey (LeCun, Cortes, Burges, 1998)",
    licence: "CC BY-SA 3.0",
    files: &[
        mnist!(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        mnist!(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        mnist!(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        mnist!(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    ],
};

/// `file` at Zalando's host. It offers plain HTTP only: the checksum is what makes the file trustworthy.
macro_rules! fashion {
    ($file:literal, $bytes:literal, $sha256:literal) => {
        Remote {
            file: $file,
            urls: &[concat!("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", $file)],
            bytes: $bytes,
            exact: true,
            sha256: $sha256,
        }
    };
}

pub(crate) const FASHION_MNIST: DataSet = DataSet {
    name: "fashion-mnist",
    about: "Fashion-MNIST: 70 000 pictures of clothes, 28x28, grey, ten classes (Zalando Research, 2017)",
    licence: "MIT",
    files: &[
        fashion!(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        fashion!(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        fashion!(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        fashion!(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    ],
};

pub(crate) const IMDB: DataSet = DataSet {
    name: "imdb",
    about: "Large Movie Review Dataset: 50 000 film reviews, positive or negative (Maas et al., 2011)",
    licence: "none stated; the authors ask to be cited",
    files: &[Remote {
        file: "aclImdb_v1.tar.gz",
        urls: &[
            "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        ],
        bytes: 84_125_825,
        exact: true,
        sha256: "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    }],
};

/// The sha256 sum is the one in scikit-learn (`sklearn/datasets/_twenty_newsgroups.py`), which does not record the size.
pub(crate) const NEWSGROUPS: DataSet = DataSet {
    name: "newsgroups20",
    about: "20 Newsgroups: 18 846 posts by topic, parted by date (Lang, 1995)",
    licence: "none stated; posts of many people",
    files: &[Remote {
        file: "20news-bydate.tar.gz",
        urls: &[
            "http://qwone.com/~jason/20Newsgroups/20news-bydate.tar.gz",
            "https://people.csail.mit.edu/jrennie/20Newsgroups/20news-bydate.tar.gz",
        ],
        bytes: 14_000_000,
        exact: false,
        sha256: "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610",
    }],
};

/// `file` in the repository of the shared task.
macro_rules! wnut {
    ($file:literal, $bytes:literal, $sha256:literal) => {
        Remote {
            file: $file,
            urls: &[concat!("https://raw.githubusercontent.com/leondz/emerging_entities_17/master/", $file)],
            bytes: $bytes,
            exact: true,
            sha256: $sha256,
        }
    };
}

/// Sizes and sums were computed from the files of commit e52a2d2.
pub(crate) const WNUT17: DataSet = DataSet {
    name: "wnut17",
    about: "WNUT-17: posts from the web with rare names of six kinds (Derczynski et al., 2017)",
    licence: "CC BY 4.0",
    files: &[
        wnut!(
            "wnut17train.conll",
            493_781,
            "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5"
        ),
        wnut!(
            "emerging.dev.conll",
            114_749,
            "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8"
        ),
        wnut!(
            "emerging.test.annotated",
            192_425,
            "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0"
        ),
    ],
};

pub(crate) const MOVIELENS_SMALL: DataSet = DataSet {
    name: "movielens-small",
    about: "MovieLens ml-latest-small, 2018: 100 836 ratings of films (Harper and Konstan, 2015)",
    licence: "GroupLens: for research, not for commerce",
    files: &[Remote {
        file: "ml-latest-small.zip",
        urls: &["https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"],
        bytes: 978_202,
        exact: true,
        sha256: "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
    }],
};

pub(crate) const MOVIELENS_100K: DataSet = DataSet {
    name: "movielens-100k",
    about: "MovieLens ml-100k, 1998: 100 000 ratings of films (Harper and Konstan, 2015)",
    licence: "GroupLens: for research, not for commerce, not to be passed on",
    files: &[Remote {
        file: "ml-100k.zip",
        urls: &["https://files.grouplens.org/datasets/movielens/ml-100k.zip"],
        bytes: 4_924_029,
        exact: true,
        sha256: "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    }],
};
